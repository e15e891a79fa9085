#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "actors/protocol/actor_report.hpp"
#include "actors/protocol/event_report.hpp"
#include "actors/protocol/examination.hpp"
#include "actors/protocol/hand_report.hpp"
#include "actors/protocol/live_report.hpp"
#include "actors/protocol/log_report.hpp"
#include "actors/protocol/request_report.hpp"
#include "actors/protocol/run_trace.hpp"
#include "actors/protocol/status_report.hpp"
#include "actors/protocol/tap_report.hpp"
#include "balancer/shelf/shelf.hpp"
#include "config/parse.hpp"
#include "discovery/membership.hpp"
#include "model/graph/host_tensor.hpp"
#include "model/graph/meaning.hpp"
#include "model/graph/named_form.hpp"
#include "model/plan/plan.hpp"

/// What crosses the control plane, as plain data: with the reports it includes
/// (live_report.hpp, status_report.hpp, ...) this is all of it. Who takes what is in messages.hpp.
namespace bramble {

/// First thing said on every link; a mismatch of protocol or cluster ends it with a sentence.
struct hello {
  static constexpr std::uint32_t current_protocol = 9;
  std::uint32_t protocol = current_protocol;
  std::string cluster;  ///< fingerprint of the certificate authority
  std::string name;
  std::string version;
  std::uint64_t instance = 0;  ///< of this life of a node, as in its `member`; 0: a client

  template <class Archive>
  void serialize(Archive& archive) {
    archive(protocol, cluster, name, version, instance);
  }
};

/// A node introduces itself to the one it dialled: who it is and where it can be found. Its handle
/// travels beside, so that one connection serves both directions: two nodes that dialled each other
/// would have CAF drop both connections as duplicates.
struct introduction {
  hello who;
  member where;
  /// Both ends of the connection as the one who dialled sees them, numeric and perhaps with a scope
  /// of its own: where it can be found, whatever it believes of its addresses.
  std::string from = {};
  std::string to = {};

  template <class Archive>
  void serialize(Archive& archive) {
    archive(who, where, from, to);
  }
};

/// What a client needs to know of a model to feed it, and to read its answer.
struct model_description {
  std::string name;
  std::string identity;
  std::vector<named_form> inputs;
  std::vector<named_form> outputs;
  std::vector<float> mean;  ///< of a photo, as in the manifest
  std::vector<float> deviation;
  double macs = 0;
  std::string remark;
  std::vector<std::string> labels;  ///< of its classes; may be empty
  meaning means;                    ///< as in the manifest

  template <class Archive>
  void serialize(Archive& archive) {
    archive(name, identity, inputs, outputs, mean, deviation, macs, remark, labels, means);
  }
};

/// Asks the active coordinator for a plan that is installed on every node it uses.
struct plan_query {
  std::string model;     ///< name, for people
  std::string identity;  ///< empty: the receiving node resolves `model`
  std::string host;      ///< empty: the receiving node
  std::string method = "bramble";
  wire_type wire = wire_type::fp32;
  bool exact = false;                 ///< only with the bits that the host alone would give
  std::vector<std::string> team;      ///< who may work on it, besides nobody; empty: all
  std::vector<std::string> suspects;  ///< the host saw these fail: plan without them
  /// Key of the plan the host works by: is it still the right one? The answer is that plan or a
  /// better one. 0: any plan will do.
  std::uint64_t reviews = 0;
  bool anew = false;  ///< made on the facts of now, whatever there is, since somebody asks for it

  template <class Archive>
  void serialize(Archive& archive) {
    archive(model, identity, host, method, wire, exact, team, suspects, reviews, anew);
  }
};

/// "Have this model ready": fetched from `source` where it is missing, and measured.
struct prepare_request {
  std::string identity;
  std::string name;
  std::string source;  ///< node that has it
  bool wants_manifest = false;
  /// What the shelf computes these ops with: do likewise where it costs little
  /// (`defaults::exactness_cost`), so that answers have the same bits wherever a part is made.
  std::vector<kernel_wish> kernels = {};

  template <class Archive>
  void serialize(Archive& archive) {
    archive(identity, name, source, wants_manifest, kernels);
  }
};

/// A node's answer: its calibration for that model and its side of the links.
struct capacity_report {
  std::string node;
  double gmacs = 0;
  std::uint64_t memory_mb = 0;
  op_table table;
  message_costs messages;  ///< what messages take of its computing
  std::vector<link_report> links;
  byte_vector manifest;  ///< as stored, when it was asked for
  /// Processor, libraries and threads: nodes with equal texts can choose equal kernels.
  std::string processor = {};

  template <class Archive>
  void serialize(Archive& archive) {
    archive(node, gmacs, memory_mb, table, messages, links, manifest, processor);
  }
};

/// A change to a running node, made by hand; it lasts until it is taken back or the node ends.
struct runtime_override {
  enum class kind_t : std::uint8_t {
    pace,   ///< `value`: share of its speed, 1 takes it back. Only the pieces are slowed: the
            ///< cluster has to find out.
    rate,   ///< `value`: Mbit/s of what it sends to each peer; 0 takes it back
    drain,  ///< no new work on requests of other hosts
    resume,
    revoke,  ///< `text`: certificates that the authority took back. This one stays: it is kept on
             ///< disk and told to all
    cancel,  ///< `text`: the number of a request of this host, as its list has it
    pin,     ///< `text`: a model, whose plans are made by `method` alone; empty takes it back. All
             ///< nodes hear of it
    forget,  ///< `text`: a member that is gone and does not come back. All nodes hear of it
    stop,    ///< the node ends as it does when its service is stopped
    restart  ///< `text`: an actor of this node, as their list has it
  } kind = kind_t::pace;
  double value = 0;
  std::string text = {};
  std::string method = {};

  template <class Archive>
  void serialize(Archive& archive) {
    archive(kind, value, text, method);
  }
};

/// What measuring a node anew came to. Speeds are shares of what its models were calibrated to, the
/// least of them; links are in both directions.
struct probe_report {
  struct link {
    std::string from;
    std::string to;
    double before_mbit = 0;  ///< 0: not measured
    double after_mbit = 0;

    template <class Archive>
    void serialize(Archive& archive) {
      archive(from, to, before_mbit, after_mbit);
    }
  };

  std::string node;
  double before_speed = 1;
  double after_speed = 1;
  std::vector<link> links;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(node, before_speed, after_speed, links);
  }
};

struct infer_request {
  std::string model;
  std::string method = "bramble";
  wire_type wire = wire_type::fp32;
  bool exact = false;  ///< only with the bits that the host alone would give
  /// More than 0: `wire` is for the host to choose, so that answers differ by at most this share of
  /// their largest value, as far as it measured.
  double max_error = 0;
  std::vector<host_tensor> inputs;
  bool in_parts = false;  ///< `inputs` lack their bytes, which follow as tensor_parts

  template <class Archive>
  void serialize(Archive& archive) {
    archive(model, method, wire, exact, max_error, inputs, in_parts);
  }
};

struct infer_reply {
  std::vector<host_tensor> outputs;
  std::string identity;
  std::string host;
  std::string method;
  std::uint64_t epoch = 0;
  double latency_ms = 0;  ///< on the host: input there to output there, all attempts included
  double waited_ms = 0;   ///< of it: for pieces of other requests, on the host
  double predicted_ms = 0;
  std::uint64_t bytes = 0;  ///< tensors sent between nodes
  std::uint32_t attempts = 1;
  std::vector<std::string> nodes;  ///< that worked on it
  bool in_parts = false;           ///< `outputs` lack their bytes: ask for them part by part
  bool exact = false;              ///< has the bits that the host alone would give
  std::string exactness;           ///< the same for people, one clause
  wire_type wire = wire_type::fp32;
  double wire_error = 0;  ///< as it was measured last, where the host chose the wire; 0: was not
  double queued_ms = 0;   ///< on the host, before it was the request's turn; not in `latency_ms`

  template <class Archive>
  void serialize(Archive& archive) {
    archive(outputs, identity, host, method, epoch, latency_ms, waited_ms, predicted_ms, bytes,
            attempts, nodes, in_parts, exact, exactness, wire, wire_error, queued_ms);
  }
};

/// A stretch of the inputs or outputs of one request; see actors/protocol/parts.hpp.
struct tensor_part {
  std::uint64_t offset = 0;  ///< bytes of those tensors before it
  byte_vector bytes;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(offset, bytes);
  }
};

/// A node tells a request's host that its part cannot be finished.
struct run_failure {
  std::uint64_t request = 0;
  std::string host;
  std::string node;     ///< who tells
  std::string suspect;  ///< who is thought to be the cause; may be empty
  std::string reason;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(request, host, node, suspect, reason);
  }
};

/// A host has a request: whose turn is it? The coordinator answers when it is, with who is to work
/// on it.
struct turn_query {
  plan_query what;
  std::uint64_t number = 0;   ///< of the request, on its host
  std::uint32_t clients = 0;  ///< who wait at the host for such a turn
  bool runs = false;          ///< it did not wait: this is to be known, and answered at once
  std::uint64_t oldest = 0;   ///< of the host's requests; turns of earlier ones are over

  template <class Archive>
  void serialize(Archive& archive) {
    archive(what, number, clients, runs, oldest);
  }
};
struct turn {
  std::vector<std::string> team;  ///< empty: all
  bool ask_first = false;         ///< requests to come have to wait for theirs
  std::string method = {};        ///< of the team's plan; empty: as was asked

  template <class Archive>
  void serialize(Archive& archive) {
    archive(team, ask_first, method);
  }
};
/// It is answered, or given up.
struct turn_end {
  std::string host;
  std::uint64_t number = 0;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(host, number);
  }
};

/// A node whose certificate ends soon asks whoever has the cluster's authority for another one.
struct renewal_request {
  std::string name;     ///< its own
  byte_vector request;  ///< for a certificate: DER, signed by its key

  template <class Archive>
  void serialize(Archive& archive) {
    archive(name, request);
  }
};

struct renewal {
  std::string certificate;  ///< PEM

  template <class Archive>
  void serialize(Archive& archive) {
    archive(certificate);
  }
};

/// Nodes by name.
struct node_names {
  std::vector<std::string> names;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(names);
  }
};

}  // namespace bramble
