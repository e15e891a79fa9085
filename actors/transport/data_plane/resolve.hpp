#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace bramble::transport {

/// Turns host and port into endpoints, calling back on the thread of an io_context. Addresses are
/// answered without asking anybody. Names go through getaddrinfo on a thread of their own that is
/// not waited for: it may take many seconds, and asio's resolver would hold up the end of its
/// io_context for as long.
class resolver {
 public:
  using answer =
      std::function<void(std::vector<asio::ip::tcp::endpoint> places, std::string error)>;

  explicit resolver(asio::io_context& io);
  resolver(const resolver&) = delete;
  resolver& operator=(const resolver&) = delete;
  /// Answers that come later are dropped.
  ~resolver();

  void resolve(const std::string& host, std::uint16_t port, answer then);

 private:
  struct mailbox;
  std::shared_ptr<mailbox> mailbox_;
  asio::io_context& io_;
};

}  // namespace bramble::transport
