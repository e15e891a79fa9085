#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// What a host works on right now; part of the protocol (actors/protocol/messages.hpp).
namespace bramble {

struct open_request {
  std::uint64_t id = 0;  ///< on its host, in this life of it
  std::string model;
  std::string method;
  std::string state;  ///< "finds its model", "awaits its turn", "awaits a plan", "runs", "pauses"
  double age_s = 0;
  double running_s = 0;  ///< of its attempt; 0: none runs
  std::uint32_t attempts = 0;
  std::uint64_t epoch = 0;  ///< of its plan; 0: none yet
  double predicted_ms = 0;
  std::vector<std::string> nodes;  ///< that work on it
  std::uint64_t run = 0;           ///< number of its attempt, everywhere; 0: none runs

  template <class Archive>
  void serialize(Archive& archive) {
    archive(id, model, method, state, age_s, running_s, attempts, epoch, predicted_ms, nodes, run);
  }
};

struct request_list {
  std::string host;
  std::vector<open_request> requests;  ///< oldest first

  template <class Archive>
  void serialize(Archive& archive) {
    archive(host, requests);
  }
};

}  // namespace bramble
