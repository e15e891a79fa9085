#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace bramble::transport {

/// Connects to the first of several places that answers. All are asked, each a little after the one
/// before it, or at once when that one has failed: an address that drops everything must not cost
/// the time of one that works. Of the thread that runs the io_context.
class race : public std::enable_shared_from_this<race> {
 public:
  using tcp = asio::ip::tcp;
  /// Empty `why`: connected.
  using outcome = std::function<void(tcp::socket winner, const std::string& why)>;

  race(asio::io_context& io, std::vector<tcp::endpoint> places, outcome then);

  void start() { ask_next(); }
  /// The outcome is not told any more.
  void stop();

 private:
  struct runner {
    explicit runner(asio::io_context& io) : socket{io} {}
    tcp::socket socket;
    asio::error_code error;
  };

  void ask_next();
  void connected(std::size_t which, asio::error_code error);

  asio::io_context& io_;
  const std::vector<tcp::endpoint> places_;
  outcome then_;
  std::deque<runner> runners_;  ///< of the first places; they stay where they are
  std::size_t failed_ = 0;
  asio::steady_timer head_start_;
};

}  // namespace bramble::transport
