#pragma once

#include <filesystem>
#include <memory>

#include "config/keys.hpp"
#include "config/options.hpp"
#include "config/paths.hpp"

namespace bramble {

/// A whole node in this process: its actors, its ports, its state on disk. Starting throws
/// `user_error` when it cannot (no keys, port in use); from then on it works by itself. The
/// destructor takes it down and tells its peers.
class node_service {
 public:
  node_service(const home_paths& paths, const node_options& options);
  ~node_service();
  node_service(const node_service&) = delete;
  node_service& operator=(const node_service&) = delete;

  /// Before the end: tells the peers, who plan without this node from then on, and finishes what
  /// runs here or hands it over. Takes defaults::leave_timeout and defaults::finish_timeout at
  /// most.
  void leave();

  /// "pi1 of cluster attic on 0.0.0.0:7741": what is printed when it is up.
  std::string banner() const;

 private:
  class parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace bramble
