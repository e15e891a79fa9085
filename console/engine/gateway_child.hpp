#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace bramble {

/// `bramble gateway` as a child of a node: begun with it, told to end with it, and begun anew when
/// it crashes. One that ends by itself has said why, and is not.
class gateway_child {
 public:
  /// `arguments` follow the program's name. To be made by a thread that lives as long as the node:
  /// the kernel ends the child with it.
  explicit gateway_child(std::vector<std::string> arguments);
  ~gateway_child();
  gateway_child(const gateway_child&) = delete;
  gateway_child& operator=(const gateway_child&) = delete;

 private:
  pid_t start();
  void watch();

  const std::vector<std::string> arguments_;
  std::mutex mutex_;  ///< of what follows
  std::condition_variable ending_told_;
  bool ending_ = false;
  pid_t child_ = -1;
  std::thread watcher_;
};

}  // namespace bramble
