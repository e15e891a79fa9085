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

#include "actors/transport/data_plane/frame.hpp"
#include "config/defaults.hpp"
#include "config/defaults_addresses.hpp"

namespace bramble {

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
  std::size_t unauthenticated_limit = defaults::data_unauthenticated_limit;
};

enum class link_event : std::uint8_t { up, down };

enum class send_result : std::uint8_t {
  queued,   ///< on its way; the link's end is told by `done` and `on_link`
  no_link,  ///< the peer is unknown or its link is down
  full      ///< its window, or its part of that of all peers, is full; try again after a `done`
};

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

/// What is known of the link to one peer. Rates are of the link's bytes in Mbit/s.
struct link_stats {
  std::string peer;
  bool up = false;
  std::string trouble;           ///< while it is not: what the last attempt said
  double missing_s = 0;          ///< how long it is not
  std::uint64_t bytes_sent = 0;  ///< payloads and headers, without TLS
  std::uint64_t bytes_received = 0;
  std::uint64_t frames_sent = 0;
  std::uint64_t frames_received = 0;
  std::uint64_t bytes_queued = 0;
  std::uint64_t connections = 0;   ///< how often the link came up
  std::optional<double> mbit_out;  ///< measured by the peer
  std::optional<double> mbit_in;
  std::uint64_t samples_out = 0;  ///< large frames behind each rate
  std::uint64_t samples_in = 0;
  bool settled_out = false;      ///< more probes would tell nothing new
  std::optional<double> rtt_ms;  ///< least of the last pings
};

/// Moves tensors and weights between nodes: one TLS 1.3 connection per pair, both sides
/// authenticated with the cluster's CA. Of two nodes the one with the smaller name dials, again and
/// again with back-off while it knows the peer; the other dials, too, when none came for a while,
/// so that one direction is enough. One thread does everything; all methods may be called from any
/// thread and none blocks on the network.
class data_plane {
 public:
  /// Listens at once. Throws `user_error` for an address that cannot be listened on and for
  /// certificate files that are missing, damaged, or of another name.
  data_plane(const data_plane_config& config, data_plane_handlers handlers);
  data_plane(const data_plane&) = delete;
  data_plane& operator=(const data_plane&) = delete;
  /// Closes all links. Waiting frames get `done(false)`; `on_link` is not called any more.
  ~data_plane();

  /// The port it listens on.
  std::uint16_t port() const;

  /// Keeps a link to the node `name` from now on, which is at one of `hosts` (likeliest first;
  /// none: only it can dial). A known peer gets the new addresses; a link that this side dialled to
  /// another one is closed. Throws `user_error` for this node's own name.
  void add_peer(const std::string& name, const std::vector<std::string>& hosts, std::uint16_t port);
  void add_peer(const std::string& name, const std::string& host, std::uint16_t port) {
    add_peer(name, std::vector<std::string>{host}, port);
  }

  /// The peer was heard of again: if its link is down, it is made at once and frames wait for it as
  /// they do for a new peer. Unknown names and links that are up are fine.
  void expect_peer(const std::string& name);

  /// Closes the link and forgets the peer and what was measured. Unknown names are fine.
  void remove_peer(const std::string& name);

  /// Queues a frame; `header.size` is set from `size`. The payload is not copied: `keep` owns it
  /// and is let go on the data plane's thread. Frames to one peer arrive in the order sent, except
  /// that weights (`blob_block`) let everything else pass. A peer that is being connected for the
  /// first time counts as up. `done` (may be empty) is called on the data plane's thread if and
  /// only if the frame was queued: with true when the kernel has all of it, with false when it is
  /// lost. Throws `user_error` for a payload larger than the frame limit.
  send_result send(const std::string& peer, frame_header header, std::shared_ptr<const void> keep,
                   const std::uint8_t* data, std::size_t size,
                   std::function<void(bool sent)> done = {});

  /// Measures an idle link: one ping, and one block so that the peer can tell how fast it came, as
  /// large as the rate known so far asks for.
  /// `stats` shows the outcome a round trip later. False when the link is not up.
  bool probe(const std::string& peer);

  /// What is sent to each peer goes at this rate at most from now on (Mbit/s, above 0); 0 takes the
  /// limit back.
  void limit_rate(double mbit);

  /// By name of the peer.
  std::vector<link_stats> stats() const;

 private:
  class core;
  std::unique_ptr<core> core_;
  std::thread thread_;
};

}  // namespace bramble
