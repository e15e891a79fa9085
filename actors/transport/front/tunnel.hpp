#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/ssl/context.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/transport/data_plane/race.hpp"
#include "actors/transport/data_plane/secure_stream.hpp"
#include "actors/transport/front/conversation.hpp"

namespace bramble {

class tunnel;
using tunnel_ptr = std::shared_ptr<tunnel>;

/// What a tunnel tells and asks the one who made it, always on the thread of its io_context.
class tunnel_owner {
 public:
  /// The other side of an accepted connection showed a certificate of this cluster; its name is
  /// known now. False when there are too many of that name.
  virtual bool certified(const tunnel_ptr& which) = 0;
  /// From here on it carries messages; `local` is CAF's end of them, for the owner to hand on.
  virtual void open(const tunnel_ptr& which, int local) = 0;
  /// Over, for `reason`: the rest of a sentence that begins with the other side. The last call.
  virtual void closed(const tunnel_ptr& which, const std::string& reason) = 0;
  /// The number of the actor that this process publishes; 0: none.
  virtual std::uint64_t face() const = 0;

 protected:
  ~tunnel_owner() = default;
};

struct tunnel_settings {
  process_identity mine;
  std::size_t message_limit = 0;
  /// What all tunnels together hold of messages that are not whole yet.
  std::shared_ptr<std::size_t> held_bytes = std::make_shared<std::size_t>(0);
  std::chrono::milliseconds setup_timeout{0};
  std::chrono::milliseconds silence_timeout{0};
};

/// One connection of the control plane: TLS to the network on one side, a pair of sockets inside
/// this process on the other, of which CAF has one end. What comes from the network reaches CAF
/// message by message, each looked at when all of it is here. Not thread-safe: everything on the
/// thread that runs the io_context.
///
/// TLS 1.3 lets the dialling side finish before the other has looked at its certificate. So the
/// accepting side greets when it has, and the dialling one knows why it was refused.
class tunnel : public std::enable_shared_from_this<tunnel> {
 public:
  using tcp = asio::ip::tcp;

  /// The context is kept as long as the tunnel.
  tunnel(asio::io_context& io, std::shared_ptr<asio::ssl::context> tls,
         const tunnel_settings& settings, tunnel_owner& owner);

  void accept(tcp::socket socket);
  /// Connects to the first of `places` that answers.
  void dial(std::vector<tcp::endpoint> places);

  /// Idempotent. Calls `owner.closed`.
  void close(const std::string& reason);

  /// Whether the certificate that the other side showed was taken back since.
  bool is_revoked(const revocations& by) const { return stream_ && stream_->is_revoked(by); }

  const std::string& name() const { return name_; }
  const std::string& remote() const { return remote_; }
  bool is_accepted() const { return role_ == basp::conversation::role::accepted; }

 private:
  enum class phase : std::uint8_t { fresh, connecting, handshaking, greeting, opening, up, closed };
  using local_socket = asio::local::stream_protocol::socket;

  void start_deadline(const char* what);
  void begin_tls(tcp::socket socket);
  void shake_hands();
  void go_on_certified();
  void hear_greeting();
  void open_local();

  void await(asio::socket_base::wait_type what);
  void await_local(asio::socket_base::wait_type what);
  void react(const transport::io_result& result);
  void move();

  void read_network();
  bool read_more();
  bool hold(std::size_t bytes);
  bool check_messages();
  bool pass_on();

  void read_local();
  bool read_local_block();
  bool write_network();
  void note_sent(const std::uint8_t* from, std::size_t size);

  asio::io_context& io_;
  const std::shared_ptr<asio::ssl::context> tls_;
  const tunnel_settings settings_;
  tunnel_owner& owner_;
  basp::conversation::role role_ = basp::conversation::role::accepted;
  phase phase_ = phase::fresh;
  std::shared_ptr<transport::race> race_;  ///< of the side that dials
  asio::steady_timer deadline_;
  std::optional<transport::secure_stream> stream_;
  local_socket local_;
  std::optional<basp::conversation> talk_;
  std::string name_;
  std::string remote_;
  struct {
    bool network_read = false, network_write = false, local_read = false, local_write = false;
  } waits_;

  // From the network: [0, done_) went to CAF, [done_, checked_) may, the rest up to `have_` is not
  // looked at yet.
  std::vector<std::uint8_t> in_;
  std::size_t done_ = 0;
  std::size_t checked_ = 0;
  std::size_t have_ = 0;

  // To the network: [out_done_, out_.size()) waits.
  std::vector<std::uint8_t> out_;
  std::size_t out_done_ = 0;
  basp::header_block sent_header_{};
  std::size_t sent_header_have_ = 0;
  std::uint64_t sent_payload_left_ = 0;
};

}  // namespace bramble
