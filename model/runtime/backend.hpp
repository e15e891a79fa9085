#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "balancer/shelf.hpp"
#include "model/graph/graph.hpp"

namespace bramble {

/// Two ops with equal texts take equal time: the same work on tensors of the same sizes.
std::string likeness(const graph& g, const op& o);

/// Which library computes convolutions of each likeness fastest on this device, as a calibration
/// found. Shared by all models of a process, and thread-safe.
class backend_choices {
 public:
  void set(const std::string& like, backend fastest);
  std::optional<backend> find(const std::string& like) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, backend> fastest_;
};

}  // namespace bramble
