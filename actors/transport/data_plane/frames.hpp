#pragma once

#include <cstdint>

#include "actors/transport/data_plane/frame.hpp"

/// What the header of each kind of frame says, by name. `header_of` writes it into the fields that
/// all kinds share, `read_...` takes it out of a header of that kind; any bytes give some values,
/// as a peer may send any. docs/protocol.md has the table.
namespace bramble {

/// First on each connection, from both sides.
struct hello_frame {
  bool wants_plain = false;  ///< this side would rather send unencrypted
  /// It takes the place of a connection that is up, on which nothing is on its way.
  bool moves = false;
};
frame_header header_of(const hello_frame& from);
hello_frame read_hello(const frame_header& header);

struct ping_frame {
  std::uint64_t sent_ns = 0;  ///< by the sender's clock, which the pong brings back
  bool late = false;          ///< waits behind bulk data: its answer tells no round trip
  bool under_load = false;    ///< other frames were on their way
};
frame_header header_of(const ping_frame& from);
ping_frame read_ping(const frame_header& header);

struct pong_frame {
  ping_frame echo;           ///< the ping that it answers; a late one where it answers none
  std::uint64_t kbit = 0;    ///< rate at which the other's frames arrive
  std::uint64_t frames = 0;  ///< measured for that; 0: nothing known
  bool settled = false;      ///< they agree
};
frame_header header_of(const pong_frame& from);
pong_frame read_pong(const frame_header& header);

/// Follows a large frame: what else went through the sender's network card meanwhile.
struct contention_frame {
  std::uint32_t others = 0;
  double share = 0;  ///< theirs over the frame's own bytes, to a thousandth; at most 1000
};
frame_header header_of(const contention_frame& from);
contention_frame read_contention(const frame_header& header);

/// A transfer of a plan.
struct tensor_frame {
  std::uint64_t plan = 0;  ///< its key
  std::uint64_t request = 0;
  std::uint32_t transfer = 0;
  std::uint8_t wire = 0;  ///< element type on the wire
};
frame_header header_of(const tensor_frame& from);
tensor_frame read_tensor(const frame_header& header);

/// Answers a tensor of a request that is not known here, and whose plan is not either.
struct unknown_request_frame {
  std::uint64_t request = 0;
};
frame_header header_of(const unknown_request_frame& from);
unknown_request_frame read_unknown_request(const frame_header& header);

/// Asks for a stretch of a manifest or blob; which one is in the payload.
struct blob_request_frame {
  std::uint64_t fetch = 0;   ///< the asking side's number
  std::uint64_t offset = 0;  ///< from which byte
};
frame_header header_of(const blob_request_frame& from);
blob_request_frame read_blob_request(const frame_header& header);

struct blob_block_frame {
  std::uint64_t fetch = 0;
  std::uint64_t offset = 0;
  std::uint64_t total = 0;  ///< bytes of the whole file
};
frame_header header_of(const blob_block_frame& from);
blob_block_frame read_blob_block(const frame_header& header);

/// The file is not there, or not to be had.
struct blob_refusal_frame {
  std::uint64_t fetch = 0;
};
frame_header header_of(const blob_refusal_frame& from);
blob_refusal_frame read_blob_refusal(const frame_header& header);

/// Whether a frame is about manifests and blobs rather than tensors.
bool is_about_blobs(const frame_header& header);

}  // namespace bramble
