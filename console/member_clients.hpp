#pragma once

#include <map>
#include <memory>
#include <string>

#include "actors/client/node_client.hpp"

namespace bramble {

/// Connections to the members of a shelf, each made when that one is asked first, and kept. One
/// thread at a time.
class member_clients {
 public:
  explicit member_clients(key_info keys) : keys_{std::move(keys)} {}

  /// Throws `user_error` where it is out of reach.
  node_client& to(const node_status& member);
  /// One that did not answer: to be dialled anew.
  void forget(const std::string& name) { clients_.erase(name); }

 private:
  key_info keys_;
  std::map<std::string, std::unique_ptr<node_client>> clients_;
};

}  // namespace bramble
