#include "actors/transport/join/giver.hpp"

#include <sys/socket.h>

#include <asio/read_until.hpp>
#include <asio/write.hpp>
#include <utility>

#include "config/defaults_join.hpp"

namespace bramble {
namespace {

/// "arm64" of "GET /arm64.deb HTTP/1.1"; empty for anything else.
std::string path_asked_for(const std::string& request) {
  constexpr std::string_view begin = "GET /";
  const auto end = request.find(" HTTP/1.");
  if (!request.starts_with(begin) || end == std::string::npos || end < begin.size()) return "";
  return request.substr(begin.size(), end - begin.size());
}

}  // namespace

join_doorway::join_doorway(tcp::socket socket, std::chrono::milliseconds patience,
                           std::function<void()> ended, then_known then)
    : socket_{std::move(socket)},
      patience_{patience},
      deadline_{socket_.get_executor()},
      ended_{std::move(ended)},
      then_{std::move(then)} {}

void join_doorway::start() {
  deadline_.expires_after(patience_);
  deadline_.async_wait([self = shared_from_this()](asio::error_code stopped) {
    if (!stopped) self->close();
  });
  socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this()](asio::error_code error) {
    error ? self->close() : self->look();
  });
}

void join_doorway::look() {
  if (!ended_) return;
  char first = 0;
  const auto n = ::recv(socket_.native_handle(), &first, 1, MSG_PEEK | MSG_DONTWAIT);
  if (n != 1) return close();
  deadline_.cancel();
  ended_ = nullptr;  // whoever follows says when it is over
  then_(std::move(socket_), first == 'G');
}

void join_doorway::close() {
  asio::error_code ignored;  // it is closed either way
  deadline_.cancel();
  socket_.close(ignored);
  if (ended_) std::exchange(ended_, nullptr)();
}

package_giver::package_giver(asio::ip::tcp::socket socket, const join_packages& what,
                             std::function<void()> ended)
    : socket_{std::move(socket)},
      deadline_{socket_.get_executor()},
      what_{what},
      ended_{std::move(ended)} {}

void package_giver::start() {
  deadline_.expires_after(defaults::package_timeout);
  deadline_.async_wait([self = shared_from_this()](asio::error_code stopped) {
    if (!stopped) self->close();
  });
  asio::async_read_until(socket_, asio::dynamic_buffer(in_, defaults::package_request_limit_bytes),
                         "\r\n\r\n",
                         [self = shared_from_this()](asio::error_code error, std::size_t) {
                           error ? self->close() : self->answer();
                         });
}

void package_giver::answer() {
  const auto path = path_asked_for(in_);
  if (path == "packages") return say("200 OK", what_.list.size(), what_.list);
  // Only what is in the list: no path of a stranger reaches the disk.
  const auto known = path.ends_with(".deb") ? what_.files.find(path.substr(0, path.size() - 4))
                                            : what_.files.end();
  if (known == what_.files.end()) return say("404 Not Found", 0, "");
  std::error_code error;
  const auto size = std::filesystem::file_size(known->second, error);
  file_.open(known->second, std::ios::binary);
  if (error || !file_) return say("404 Not Found", 0, "");
  say("200 OK", size, "");
}

void package_giver::say(const std::string& status, std::uintmax_t size, const std::string& body) {
  out_ = "HTTP/1.0 " + status +
         "\r\nContent-Type: application/octet-stream\r\nContent-Length: " + std::to_string(size) +
         "\r\nConnection: close\r\n\r\n" + body;
  asio::async_write(socket_, asio::buffer(out_),
                    [self = shared_from_this()](asio::error_code error, std::size_t) {
                      error ? self->close() : self->send_file();
                    });
}

/// Block by block: it may be larger than this machine's memory has room for.
void package_giver::send_file() {
  out_.resize(defaults::package_block_bytes);
  if (file_.is_open()) file_.read(out_.data(), static_cast<std::streamsize>(out_.size()));
  out_.resize(file_.is_open() ? static_cast<std::size_t>(file_.gcount()) : 0);
  if (out_.empty()) return close();
  asio::async_write(socket_, asio::buffer(out_),
                    [self = shared_from_this()](asio::error_code error, std::size_t) {
                      error ? self->close() : self->send_file();
                    });
}

void package_giver::close() {
  asio::error_code ignored;  // it is closed either way
  deadline_.cancel();
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  socket_.close(ignored);
  if (ended_) std::exchange(ended_, nullptr)();
}

}  // namespace bramble
