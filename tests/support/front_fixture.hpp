#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ssl.hpp>
#include <asio/write.hpp>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "actors/transport/front/front.hpp"
#include "tests/support/basp_kit.hpp"
#include "tests/support/data_plane_fixture.hpp"

namespace bramble::testing {

/// CAF's end of a connection, without CAF.
class local_end {
 public:
  explicit local_end(int fd = -1) : fd_{fd} {}
  local_end(local_end&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
  local_end& operator=(local_end&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~local_end() { close(); }

  bool is_open() const { return fd_ >= 0; }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

  void write(const std::vector<std::uint8_t>& bytes) {
    std::size_t done = 0;
    while (done != bytes.size() && wait_for(POLLOUT)) {
      const auto n = ::send(fd_, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
      if (n > 0) done += static_cast<std::size_t>(n);
      if (n < 0 && errno != EAGAIN) return;  // the other side has had enough
    }
  }

  /// So many bytes, or fewer where the connection ends before.
  std::vector<std::uint8_t> read(std::size_t size) {
    std::vector<std::uint8_t> out(size);
    std::size_t done = 0;
    while (done != size && wait_for(POLLIN)) {
      const auto n = ::recv(fd_, out.data() + done, size - done, 0);
      if (n == 0) break;
      if (n > 0) done += static_cast<std::size_t>(n);
      if (n < 0 && errno != EAGAIN) break;
    }
    out.resize(done);
    return out;
  }
  bool ends() { return read(1).empty(); }

 private:
  bool wait_for(short what) {
    pollfd one{fd_, what, 0};
    return ::poll(&one, 1, static_cast<int>(std::chrono::milliseconds{patience}.count())) == 1;
  }

  int fd_;
};

/// A process of the node `folder` on the control plane: what came to it waits in `next`.
class test_front {
 public:
  static constexpr std::uint64_t face = 17;

  static front_config config_of(const std::string& folder) {
    front_config out{load_keys(test_keys::instance().folder(folder))};
    out.listen = {"127.0.0.1", 0};
    out.face = face;
    return out;
  }

  explicit test_front(const front_config& config)
      : identity{config.identity}, door_{config, [this](int local) { take(local); }} {}
  explicit test_front(const std::string& folder) : test_front{config_of(folder)} {}

  const process_identity identity;

  front& door() { return door_; }
  std::uint16_t port() const { return door_.port(); }

  front::dialled dial(std::uint16_t port, std::chrono::milliseconds timeout = patience) {
    return door_.dial_and_wait("127.0.0.1", port, timeout);
  }
  local_end connect(std::uint16_t port) { return local_end{dial(port).local}; }

  /// The next connection that a peer made.
  local_end next() {
    std::unique_lock lock{mutex_};
    if (!changed_.wait_for(lock, patience, [&] { return !came_.empty(); })) return local_end{};
    auto out = std::move(came_.front());
    came_.pop_front();
    return out;
  }
  std::size_t waiting() {
    const std::lock_guard lock{mutex_};
    return came_.size();
  }

 private:
  void take(int local) {
    {
      const std::lock_guard lock{mutex_};
      came_.emplace_back(local);
    }
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<local_end> came_;
  front door_;
};

/// A stranger at a port: plain TCP, or TLS with the certificate in a folder, or with none.
class stranger {
 public:
  using tcp = asio::ip::tcp;

  explicit stranger(std::uint16_t port)
      : context_{asio::ssl::context::tls_client}, stream_{io_, context_} {
    stream_.next_layer().connect({asio::ip::address_v4::loopback(), port});
  }
  stranger(std::uint16_t port, const std::filesystem::path& certificate,
           const std::filesystem::path& key)
      : context_{asio::ssl::context::tls_client}, stream_{io_, certified(certificate, key)} {
    stream_.next_layer().connect({asio::ip::address_v4::loopback(), port});
  }

  void shake_hands() {
    asio::error_code refused;
    stream_.handshake(asio::ssl::stream_base::client, refused);
  }
  void send_plain(const std::string& bytes) {
    asio::error_code refused;  // the other side may have had enough already
    asio::write(stream_.next_layer(), asio::buffer(bytes), refused);
  }
  void send(const std::vector<std::uint8_t>& bytes) {
    asio::error_code refused;
    asio::write(stream_, asio::buffer(bytes), refused);
  }

  /// Waits until the other side closes the connection.
  bool is_closed() {
    std::vector<std::uint8_t> rest(1U << 16);
    asio::error_code error;
    while (!error) stream_.next_layer().read_some(asio::buffer(rest), error);
    return error == asio::error::eof || error == asio::error::connection_reset;
  }

 private:
  asio::ssl::context& certified(const std::filesystem::path& certificate,
                                const std::filesystem::path& key) {
    context_.use_certificate_chain_file(certificate.string());
    context_.use_private_key_file(key.string(), asio::ssl::context::pem);
    return context_;
  }

  asio::io_context io_;
  asio::ssl::context context_;
  asio::ssl::stream<tcp::socket> stream_;
};

inline std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator{"/proc/self/fd"})
    ++count;
  return count;
}

}  // namespace bramble::testing
