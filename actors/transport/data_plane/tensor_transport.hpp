#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/transport/data_plane/frame.hpp"

namespace bramble {

enum class send_result : std::uint8_t {
  queued,   ///< on its way; the link's end is told by `done` and `on_link`
  no_link,  ///< the peer is unknown or its link is down
  full      ///< its window, or its part of that of all peers, is full; try again after a `done`
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

/// How the actors of a node send tensors and weights to other nodes, and what they hear of the
/// links. `data_plane` is one; tests have others. All methods may be called from any thread, and
/// none blocks on the network.
class tensor_transport {
 public:
  tensor_transport() = default;
  tensor_transport(const tensor_transport&) = delete;
  tensor_transport& operator=(const tensor_transport&) = delete;
  virtual ~tensor_transport() = default;

  /// Keeps a link to the node `name` from now on, which is at one of `hosts` (likeliest first;
  /// none: only it can dial). A known peer gets the new addresses; a link that this side dialled to
  /// another one is closed. Throws `user_error` for this node's own name.
  virtual void add_peer(const std::string& name, const std::vector<std::string>& hosts,
                        std::uint16_t port) = 0;

  /// The peer was heard of again: if its link is down, it is made at once and frames wait for it as
  /// they do for a new peer. Unknown names and links that are up are fine.
  virtual void expect_peer(const std::string& name) = 0;

  /// Closes the link and forgets the peer and what was measured. Unknown names are fine.
  virtual void remove_peer(const std::string& name) = 0;

  /// Queues a frame; `header.size` is set from `size`. The payload is not copied: `keep` owns it
  /// and is let go on the transport's thread. Frames to one peer arrive in the order sent, except
  /// that weights (`blob_block`) let everything else pass. A peer that is being connected for the
  /// first time counts as up. `done` (may be empty) is called on the transport's thread if and
  /// only if the frame was queued: with true when the kernel has all of it, with false when it is
  /// lost. Throws `user_error` for a payload larger than the frame limit.
  virtual send_result send(const std::string& peer, frame_header header,
                           std::shared_ptr<const void> keep, const std::uint8_t* data,
                           std::size_t size, std::function<void(bool sent)> done = {}) = 0;

  /// Measures an idle link: one ping, and one block so that the peer can tell how fast it came, as
  /// large as the rate known so far asks for.
  /// `stats` shows the outcome a round trip later. False when the link is not up.
  virtual bool probe(const std::string& peer) = 0;

  /// What is sent to each peer goes at this rate at most from now on (Mbit/s, above 0); 0 takes the
  /// limit back.
  virtual void limit_rate(double mbit) = 0;

  /// By name of the peer.
  virtual std::vector<link_stats> stats() const = 0;
};

}  // namespace bramble
