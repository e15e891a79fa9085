#pragma once

namespace bramble {

/// Lets this process have as many descriptors as the system allows it at all; usual is a thousand
/// at first and half a million at most. Returns how many that are.
int raise_descriptor_limit();

/// A descriptor that is given up for a moment when there is no other: without, a connection that
/// cannot be accepted waits in the kernel, and reports itself as waiting without end.
class spare_descriptor {
 public:
  spare_descriptor();
  spare_descriptor(const spare_descriptor&) = delete;
  spare_descriptor& operator=(const spare_descriptor&) = delete;
  ~spare_descriptor();

  /// Takes the next connection from `listener` and closes it at once.
  void turn_away(int listener);

 private:
  void take();
  void release();

  int held_ = -1;
};

}  // namespace bramble
