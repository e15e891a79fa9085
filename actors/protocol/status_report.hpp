#pragma once

#include <optional>
#include <string>
#include <vector>

#include "actors/protocol/load_report.hpp"
#include "discovery/absences.hpp"
#include "discovery/membership.hpp"
#include "model/plan/method_pins.hpp"
#include "model/store/shelf_names.hpp"

/// What nodes tell of themselves, and the cluster as one sees it; part of the protocol
/// (actors/protocol/messages.hpp).
namespace bramble {

/// Two nodes that talk to each other and have no link for tensors, as one of them sees it.
struct link_trouble {
  std::string to;
  std::string why;  ///< with the places that were tried
  double for_s = 0;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(to, why, for_s);
  }
};

struct link_report {
  std::string to;
  double mbit = 0;  ///< 0: not measured yet
  double rtt_ms = 0;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(to, mbit, rtt_ms);
  }
};

/// What a node says of itself with every gossip round.
struct node_report {
  std::string name;
  double gmacs = 0;       ///< measured, after pacing; 0: not measured yet
  double pace_gmacs = 0;  ///< emulated rate; 0: not paced
  std::string device;     ///< emulated by its description; empty: none
  double overrun = 0;     ///< share of the emulated time that it took longer
  std::string board;      ///< what kind of machine it is; empty: it does not tell
  std::uint32_t threads = 0;
  std::uint64_t memory_mb = 0;
  std::uint64_t free_memory_mb = 0;  ///< of these; 0: the system does not tell
  bool ready = false;                ///< measured itself and is linked to every member it knows
  bool drained = false;              ///< wants no work on requests of other hosts
  double pace_factor = 1;            ///< slowed to this share of its speed, by hand
  double rate_limit_mbit = 0;        ///< of what it sends to each peer, by hand; 0: none
  double temperature_c = 0;          ///< of the processor; 0: the board does not tell
  /// Bits as `vcgencmd get_throttled` tells them; 0: all is well; empty: nobody knows.
  std::optional<std::uint32_t> throttled;
  std::vector<link_report> links;
  std::vector<link_trouble> troubles;
  std::vector<named_model> models;
  std::vector<model_load> loads;  ///< of which something was asked of late
  std::uint64_t revocations = 0;  ///< number of the list of revocations that it knows; 0: none
  std::vector<std::string> warnings = {};  ///< about itself, without their full stops
  std::vector<method_pin> pins = {};       ///< that it knows, those taken back as well

  template <class Archive>
  void serialize(Archive& archive) {
    archive(name, gmacs, pace_gmacs, device, overrun, board, threads, memory_mb, free_memory_mb,
            ready, drained, pace_factor, rate_limit_mbit, temperature_c, throttled, links, troubles,
            models, loads, revocations, warnings, pins);
  }
};

struct gossip {
  membership view;
  node_report sender;
  /// A list of revoked certificates that the receiver does not know yet, as far as the sender
  /// knows; mostly empty. Signed by the authority: config/revocations.hpp.
  std::string revocations = {};

  template <class Archive>
  void serialize(Archive& archive) {
    archive(view, sender, revocations);
  }
};

struct node_status {
  std::string name;
  std::string state;                   ///< "alive", "joining", "failed", "left"
  std::string address;                 ///< the likeliest, with its control port
  std::vector<std::string> addresses;  ///< all that it tells
  node_report report;
  std::string version = {};
  std::uint16_t data_port = 0;  ///< for tensors

  template <class Archive>
  void serialize(Archive& archive) {
    archive(name, state, address, addresses, report, version, data_port);
  }
};

struct plan_status {
  std::string model;
  std::string method;
  std::string host;
  std::uint64_t epoch = 0;
  double predicted_ms = 0;
  bool in_use = false;  ///< the newest of its kind; older ones are kept for requests under way

  template <class Archive>
  void serialize(Archive& archive) {
    archive(model, method, host, epoch, predicted_ms, in_use);
  }
};

/// The cluster as one node sees it.
struct cluster_status {
  std::string cluster;
  std::string self;
  std::string coordinator;
  std::vector<node_status> nodes;
  std::vector<plan_status> plans;
  std::vector<absence> missing;  ///< whom `self` looks for and does not get

  template <class Archive>
  void serialize(Archive& archive) {
    archive(cluster, self, coordinator, nodes, plans, missing);
  }
};

}  // namespace bramble
