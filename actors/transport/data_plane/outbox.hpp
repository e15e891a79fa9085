#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "actors/transport/data_plane/frames.hpp"

namespace bramble {

/// A frame on its way out. `keep` owns the payload, which is not copied; `done` (may be empty)
/// hears once whether all its bytes were handed to the kernel.
struct outgoing_frame {
  frame_header header;
  std::shared_ptr<const void> keep;
  const std::uint8_t* data = nullptr;
  std::function<void(bool sent)> done;
};

/// Tells each frame's `done` that it is lost.
void report_lost(const std::vector<outgoing_frame>& frames);

/// What waits for one peer: weights in a queue of their own behind everything else, so that they
/// never delay a tensor by more than the block that is just being sent. A tensor overtakes those of
/// its request that have higher transfer numbers: they are wanted later. Not thread-safe.
class outbox {
 public:
  outbox(std::size_t window_bytes, std::size_t blob_window_bytes)
      : windows_{window_bytes, blob_window_bytes} {}

  /// False, and nothing taken, when the frame's window is full. A window that holds nothing takes
  /// any frame, so that none is too large to ever leave.
  bool push(outgoing_frame&& out);

  /// A ping or pong: no window, but so few of them that a peer that does not read cannot fill the
  /// memory with them. False, and forgotten, when there are too many.
  bool push_control(const frame_header& header);

  bool empty() const { return queues_[0].empty() && queues_[1].empty(); }

  /// The next frame to send; it counts against its window until `release`. The outbox is not empty.
  outgoing_frame pop();

  /// The frame has left, or never will.
  void release(const frame_header& header);

  /// Takes out all that waits (frames already popped are released by whoever has them).
  std::vector<outgoing_frame> clear();

  std::uint64_t queued_bytes() const { return held_[0] + held_[1]; }

 private:
  void insert(outgoing_frame&& out);

  std::size_t windows_[2];
  std::size_t controls_ = 0;
  std::uint64_t held_[2] = {0, 0};
  std::deque<outgoing_frame> queues_[2];
};

}  // namespace bramble
