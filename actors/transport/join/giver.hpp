#pragma once

#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <fstream>
#include <functional>
#include <memory>
#include <string>

#include "actors/transport/join/server.hpp"
#include "actors/transport/join/session.hpp"

namespace bramble {

/// Waits for the first byte: TLS begins with one that HTTP does not.
class join_doorway final : public join_visitor, public std::enable_shared_from_this<join_doorway> {
 public:
  using tcp = asio::ip::tcp;
  using then_known = std::function<void(tcp::socket socket, bool speaks_http)>;

  join_doorway(tcp::socket socket, std::chrono::milliseconds patience, std::function<void()> ended,
               then_known then);
  void start() override;
  void close() override;

 private:
  void look();

  tcp::socket socket_;
  const std::chrono::milliseconds patience_;
  asio::steady_timer deadline_;
  std::function<void()> ended_;
  then_known then_;
};

/// Gives a file to a machine that has no Bramble yet, and so can speak nothing but HTTP: GET of
/// "/packages", the list, or of "/ARCHITECTURE.deb". In the clear and to anybody, since the program
/// is no secret; whoever fetches it checks the list by the hash in the code, and the file by the
/// list.
class package_giver final : public join_visitor,
                            public std::enable_shared_from_this<package_giver> {
 public:
  /// `what` outlives it.
  package_giver(asio::ip::tcp::socket socket, const join_packages& what,
                std::function<void()> ended);
  void start() override;
  void close() override;

 private:
  void answer();
  void say(const std::string& status, std::uintmax_t size, const std::string& body);
  void send_file();

  asio::ip::tcp::socket socket_;
  asio::steady_timer deadline_;
  const join_packages& what_;
  std::function<void()> ended_;
  std::string in_;
  std::string out_;
  std::ifstream file_;
};

}  // namespace bramble
