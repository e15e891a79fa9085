#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ssl/context.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/transport/data_plane/contention.hpp"
#include "actors/transport/data_plane/dispersion.hpp"
#include "actors/transport/data_plane/frame.hpp"
#include "actors/transport/data_plane/outbox.hpp"
#include "actors/transport/data_plane/race.hpp"
#include "actors/transport/data_plane/secure_stream.hpp"

namespace bramble::transport {

class connection;
using connection_ptr = std::shared_ptr<connection>;

/// What a connection tells and asks the one who made it, always on the thread of its io_context.
class connection_owner {
 public:
  /// An accepted connection showed a certificate of this cluster with `name` in it. The owner calls
  /// `adopt` now or later, or closes it.
  virtual void authenticated(const connection_ptr& from, const std::string& name) = 0;
  /// The place that was dialled in order to move a link answered. False: not now.
  virtual bool may_move(const connection& from) = 0;
  virtual void up(const connection_ptr& from) = 0;
  /// The next frame to send, if there is one.
  virtual std::optional<outgoing_frame> next(connection& from) = 0;
  /// The frames were handed to the kernel.
  virtual void sent(connection& from, std::vector<outgoing_frame>&& frames) = 0;
  /// `rates` says how fast a large frame came.
  virtual void received(connection& from, frame&& got, frame_rates&& rates) = 0;
  /// What has arrived from, was handed to the kernel for, and was confirmed by each peer.
  virtual flows incoming() const = 0;
  virtual flows outgoing() const = 0;
  virtual flows confirmed() const = 0;
  /// Over, for `reason`; the last call about it. `unsent` had been taken by `next`.
  virtual void closed(const connection_ptr& from, const std::string& reason,
                      std::vector<outgoing_frame>&& unsent) = 0;

 protected:
  ~connection_owner() = default;
};

struct connection_settings {
  bool encrypt = true;
  std::size_t frame_limit = 0;
  std::chrono::milliseconds setup_timeout{0};
  std::chrono::milliseconds silence_timeout{0};
};

/// One TCP connection to another node: connects, shakes hands, exchanges hellos, then moves frames
/// both ways. Not thread-safe: everything on the thread that runs the io_context.
///
/// TLS 1.3 lets the dialling side finish before the other has looked at its certificate. So each
/// side sends a hello inside TLS when it wants the connection, and only the other's hello makes it
/// up.
class connection : public std::enable_shared_from_this<connection> {
 public:
  using tcp = asio::ip::tcp;

  connection(asio::io_context& io, asio::ssl::context& tls, const connection_settings& settings,
             connection_owner& owner);

  /// Connects to the first of `places` that answers and expects the node `name` there. `moves`: a
  /// link that is up is to go over this connection.
  void dial(std::vector<tcp::endpoint> places, std::string name, bool moves = false);
  void accept(tcp::socket socket);

  /// The owner wants this accepted connection.
  void adopt();

  /// The owner has something to send, or may have.
  void kick();

  /// Idempotent. Calls `owner.closed`.
  void close(const std::string& reason);

  /// The kernel paces what it sends to this rate; 0: it does not.
  void limit_rate(double mbit);

  bool is_up() const { return phase_ == phase::up; }

  /// This side dials, and nobody answered yet.
  bool is_seeking() const { return phase_ == phase::connecting; }
  /// This side has said hello, or is about to, and waits for the other's.
  bool is_greeting() const { return phase_ == phase::greeting; }
  /// Whoever dialled means to move a link.
  bool is_move() const { return moves_; }
  /// This side dialled.
  bool is_dialled() const { return race_ != nullptr; }
  /// Where the other side is; of an accepted connection its port means nothing.
  const tcp::endpoint& place() const { return place_; }

  /// Looks whether anything arrived since the last look, and closes the connection when nothing has
  /// for the silence timeout. Bytes in the kernel count: this thread may have been busy.
  void check_silence(std::chrono::steady_clock::time_point now);

  std::uint64_t arrived() const { return stream_ ? stream_->arrived() : 0; }
  std::uint64_t handed() const { return stream_ ? stream_->handed() : 0; }
  std::uint64_t confirmed() const { return stream_ ? stream_->confirmed() : 0; }

  /// The rate at which the link carries what is sent, in Mbit/s.
  void set_rate(double mbit);

  /// Whether the certificate that it showed was taken back since.
  bool is_revoked(const revocations& by) const { return stream_ && stream_->is_revoked(by); }

  const std::string& remote() const { return remote_; }
  const std::string& name() const { return name_; }
  std::string cipher() const { return stream_ ? stream_->cipher() : std::string{}; }

 private:
  enum class phase : std::uint8_t { fresh, connecting, handshaking, parked, greeting, up, closed };

  void start_deadline(const char* what);
  void limit_unsent(int fd, std::size_t bytes);
  void begin_tls(tcp::socket socket, bool dials);
  void shake_hands();
  void send_hello();
  void go_up_when_greeted();
  bool heard_hello(const frame_header& header);

  void await(asio::socket_base::wait_type what);
  void on_ready();

  void read_frames();
  bool read_some(std::size_t& budget);
  bool on_header();
  bool deliver();
  void begin_measuring();
  void look();
  frame_rates end_measuring();

  void write_frames();
  bool fill();
  bool flush(std::size_t& budget);
  void note_contention(const frame_header& sent);
  void react(const io_result& result);

  asio::io_context& io_;
  asio::ssl::context& tls_;
  const connection_settings settings_;
  connection_owner& owner_;
  phase phase_ = phase::fresh;
  std::shared_ptr<race> race_;  // of the side that dials
  asio::steady_timer deadline_;
  mutable std::optional<secure_stream> stream_;
  std::string name_;
  std::string remote_;
  tcp::endpoint place_;
  bool waits_read_ = false;
  bool waits_write_ = false;
  std::chrono::steady_clock::time_point last_heard_;
  std::uint64_t arrived_at_last_look_ = 0;

  // Receiving: a header, then its payload.
  frame_header_block header_block_;
  std::size_t header_have_ = 0;
  frame incoming_;
  std::size_t payload_have_ = 0;
  dispersion measured_;
  std::size_t looked_at_ = 0;  ///< payload that was there at the last look
  flows incoming_before_;
  std::uint64_t arrived_before_ = 0;
  bool hello_heard_ = false;
  bool moves_ = false;
  bool plain_ = false;

  // Sending: `staged_` collects headers and small payloads into one record, `direct_` is the rest
  // of the last payload, sent from where it lies.
  std::vector<outgoing_frame> batch_;
  std::vector<std::uint8_t> staged_;
  std::size_t staged_done_ = 0;
  const std::uint8_t* direct_ = nullptr;
  std::size_t direct_left_ = 0;
  flows confirmed_before_;
  std::uint64_t own_confirmed_before_ = 0;
  std::optional<frame_header> pending_notice_;  ///< goes before the next frame
  std::size_t unsent_limit_ = 0;
  bool hello_sent_ = false;
};

}  // namespace bramble::transport
