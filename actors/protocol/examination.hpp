#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/doctor/finding.hpp"
#include "discovery/doctor/network_facts.hpp"

/// What a node that was examined answers; part of the protocol (actors/protocol/messages.hpp).
namespace bramble {

struct examination {
  std::string node;
  std::string version;
  std::string platform;      ///< "amd64, Debian 12": builds for one of them can be compared
  std::string build;         ///< first digits of the SHA-256 of the program
  std::int64_t clock_s = 0;  ///< seconds since 1970, when it answered
  std::int64_t certificate_until_s = 0;  ///< likewise; 0: not known
  std::vector<node_route> routes;        ///< from it to those that it was asked about
  std::vector<finding> findings;         ///< empty where it was asked about one peer

  template <class Archive>
  void serialize(Archive& archive) {
    archive(node, version, platform, build, clock_s, certificate_until_s, routes, findings);
  }
};

}  // namespace bramble
