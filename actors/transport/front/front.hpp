#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "actors/transport/front/admission.hpp"
#include "actors/transport/front/identity.hpp"
#include "config/defaults.hpp"
#include "config/defaults_front.hpp"
#include "config/keys.hpp"
#include "config/revocations.hpp"

namespace bramble {

struct front_config {
  explicit front_config(const key_info& keys)
      : paths{keys.paths}, name{keys.node_name}, identity{make_identity(keys.node_name)} {}

  key_paths paths;
  std::string name;           ///< in this node's certificate
  process_identity identity;  ///< under which CAF runs in this process

  /// Certificates that are not accepted any more; null: all are.
  std::shared_ptr<const revocations> revoked;

  struct listener {
    std::string address = "0.0.0.0";  ///< any address means both families
    std::uint16_t port = 0;           ///< 0: any free one
  };
  std::optional<listener> listen;  ///< nothing: this process only dials
  /// The actor that peers may speak to unasked, by its number in CAF; 0: nobody.
  std::uint64_t face = 0;

  admission_limits admission{};
  std::size_t message_limit = defaults::control_message_limit_bytes;
  std::size_t connections_per_name = defaults::front_connections_per_name;
  std::chrono::milliseconds setup_timeout = defaults::front_setup_timeout;
  std::chrono::milliseconds silence_timeout = defaults::front_silence_timeout;
};

/// Between the control plane's network and CAF: accepts and dials with TLS 1.3, knows whose
/// certificate each peer showed, lets through what the protocol allows, and gives CAF one end of a
/// pair of sockets that exist in this process only. CAF itself listens nowhere and reads nothing
/// that was not looked at. One thread does everything; all methods may be called from any thread.
class front {
 public:
  /// CAF's end of a connection that a peer made, for the receiver to close. On the front's thread.
  using accepted = std::function<void(int local)>;

  /// Listens at once. Throws `user_error` for an address that cannot be listened on and for
  /// certificate files that are missing or damaged.
  front(const front_config& config, accepted on_accepted);
  front(const front&) = delete;
  front& operator=(const front&) = delete;
  /// Closes all connections, and answers what is being dialled.
  ~front();

  /// The port it listens on; 0 where it does not.
  std::uint16_t port() const;

  /// This node has a new certificate: connections that are made from now on show it. Files that
  /// cannot be used change nothing.
  void reload_keys();

  /// More certificates are revoked: those that showed one of them are sent away.
  void drop_revoked();

  /// What came of dialling.
  struct dialled {
    int local = -1;    ///< CAF's end, for the receiver to close; -1: there is none
    std::string name;  ///< in the peer's certificate
    std::string why;   ///< where there is none: a sentence without its full stop
  };
  /// Connects to the first address of `host` that answers. `then` is called once, on the front's
  /// thread.
  void dial(const std::string& host, std::uint16_t port, std::chrono::milliseconds timeout,
            std::function<void(dialled)> then);
  /// The same for callers that may block.
  dialled dial_and_wait(const std::string& host, std::uint16_t port,
                        std::chrono::milliseconds timeout);

 private:
  class core;
  std::unique_ptr<core> core_;
  std::thread thread_;
};

}  // namespace bramble
