#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "actors/transport/data_plane/tensor_transport.hpp"
#include "config/defaults.hpp"
#include "config/defaults_addresses.hpp"
#include "config/defaults_paths.hpp"

namespace bramble {

class revocations;

struct data_plane_config {
  /// This node's name; has to be the common name of its certificate.
  std::string name;
  /// Any address (0.0.0.0 or ::) means those of both families, where the machine has them.
  std::string bind_address = "0.0.0.0";
  std::uint16_t port = 0;  ///< 0: any free one
  /// PEM files: the cluster's CA, this node's certificate, its private key.
  std::filesystem::path ca_file;
  std::filesystem::path certificate_file;
  std::filesystem::path key_file;
  /// Certificates that are not accepted any more; null: all are.
  std::shared_ptr<const revocations> revoked;
  /// False drops the encryption after the TLS handshake on links where both sides say so. The nodes
  /// are still authenticated, the bytes no longer protected.
  bool encrypt = true;

  std::size_t frame_limit = defaults::frame_limit_bytes;
  std::size_t tensor_window = defaults::tensor_window_bytes;
  std::size_t blob_window = defaults::blob_window_bytes;
  std::size_t total_window = defaults::total_window_bytes;
  std::chrono::milliseconds connect_timeout = defaults::data_connect_timeout;
  std::chrono::milliseconds silence_timeout = defaults::data_silence_timeout;
  std::chrono::milliseconds ping_interval = defaults::data_ping_interval;
  std::chrono::milliseconds dial_courtesy = defaults::data_dial_courtesy;
  std::chrono::milliseconds backoff_first = defaults::dial_backoff_first;
  std::chrono::milliseconds backoff_last = defaults::dial_backoff_last;
  std::chrono::milliseconds path_quiet = defaults::path_quiet;
  std::size_t unauthenticated_limit = defaults::data_unauthenticated_limit;
};

enum class link_event : std::uint8_t { up, down };

/// Called on the data plane's thread: they must not block (each delays every link), may call any
/// method of the data plane, and must not destroy it. An exception from `on_frame` closes the link;
/// `on_link` and `done` must not throw.
struct data_plane_handlers {
  std::function<void(const std::string& peer, frame&& got)> on_frame;
  /// `up` comes before the first frame. `down` comes when the link breaks, and when a new peer
  /// cannot be reached; then every frame not yet arrived there is lost and `reason` says why
  /// (a sentence without its full stop). With `up` it is the peer's address and port.
  /// Attempts that fail while a peer is already down are only logged.
  std::function<void(const std::string& peer, link_event event, const std::string& reason)> on_link;
};

/// Moves tensors and weights between nodes: one TLS 1.3 connection per pair, both sides
/// authenticated with the cluster's CA. Of two nodes the one with the smaller name dials, again and
/// again with back-off while it knows the peer; the other dials, too, when none came for a while,
/// so that one direction is enough. One thread does everything.
class data_plane : public tensor_transport {
 public:
  /// Listens at once. Throws `user_error` for an address that cannot be listened on and for
  /// certificate files that are missing, damaged, or of another name.
  data_plane(const data_plane_config& config, data_plane_handlers handlers);
  /// Closes all links. Waiting frames get `done(false)`; `on_link` is not called any more.
  ~data_plane() override;

  /// The port it listens on.
  std::uint16_t port() const;

  void add_peer(const std::string& name, const std::vector<std::string>& hosts,
                std::uint16_t port) override;
  void expect_peer(const std::string& name) override;
  void remove_peer(const std::string& name) override;
  send_result send(const std::string& peer, frame_header header, std::shared_ptr<const void> keep,
                   const std::uint8_t* data, std::size_t size,
                   std::function<void(bool sent)> done = {}) override;
  bool probe(const std::string& peer) override;
  void limit_rate(double mbit) override;
  std::vector<link_stats> stats() const override;

  /// This node has a new certificate: links that are made from now on show it. Files that cannot be
  /// used change nothing.
  void reload_keys();

  /// More certificates are revoked: those that showed one of them are sent away.
  void drop_revoked();

  void add_peer(const std::string& name, const std::string& host, std::uint16_t port) {
    add_peer(name, std::vector<std::string>{host}, port);
  }

 private:
  class core;
  std::unique_ptr<core> core_;
  std::thread thread_;
};

}  // namespace bramble
