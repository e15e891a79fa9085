#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/graph/region.hpp"

namespace bramble {

/// How tensors are written on the wire between nodes.
enum class wire_type : std::uint8_t { fp32, fp16, int8 };
const char* name_of(wire_type wire);

/// One op on one region on one node. Regions of one op on different nodes may overlap: a halo that
/// is cheaper to make twice than to send.
struct piece {
  op_id op = 0;
  std::uint16_t node = 0;  ///< index into plan::nodes
  region out;              ///< of the op's first output; the extent for atoms

  friend bool operator==(const piece&, const piece&) = default;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(op, node, out);
  }
};

/// Why a node works in a plan or does not, for people.
struct node_verdict {
  bool in = false;
  std::string reason;
  double busy_ms = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t weight_bytes = 0;  ///< of the ops that it makes any part of
  std::uint64_t buffer_bytes = 0;  ///< the most that lives at once of maps

  template <class Archive>
  void serialize(Archive& archive) {
    archive(in, reason, busy_ms, bytes_out, weight_bytes, buffer_bytes);
  }
};

/// Which node makes which region of each op, for one model, one host and one epoch. Plain data: the
/// same struct in a dry run, on the wire, in a trace and in a test.
struct plan {
  std::string model;     ///< name, for people
  std::string identity;  ///< of the model bundle (SHA-256 of its manifest)
  std::string method;    ///< one of plan_methods()
  std::uint64_t epoch = 0;
  std::uint16_t host = 0;          ///< index into `nodes`; brings the input, wants the output
  std::vector<std::string> nodes;  ///< every node that was considered
  std::vector<piece> pieces;       ///< ascending by op, then node
  wire_type wire = wire_type::fp32;

  double predicted_ms = 0;
  double one_node_ms = 0;  ///< predicted for the host alone, all other things equal
  double lower_bound_ms = 0;
  double plan_ms = 0;                  ///< how long planning took
  std::vector<node_verdict> verdicts;  ///< as `nodes`
  std::string why;                     ///< it took the place of another; empty: there was none
  bool exact = false;  ///< the answer has the bits that the host alone would give, see `exactness`
  std::string exactness;     ///< the same for people; empty: nobody has looked
  bool provisional = false;  ///< made without a member that was silent or not ready

  template <class Archive>
  void serialize(Archive& archive) {
    archive(model, identity, method, epoch, host, nodes, pieces, wire, predicted_ms, one_node_ms,
            lower_bound_ms, plan_ms, verdicts, why, exact, exactness, provisional);
  }
};

/// Nodes that make anything; as indices, ascending, and as names.
std::vector<std::uint16_t> workers(const plan& p);
std::vector<std::string> names_of_workers(const plan& p);

/// The workers, and the host, which has the input and wants the output whatever it makes: those on
/// whom a request by this plan depends. Ascending.
std::vector<std::uint16_t> participants(const plan& p);

/// The same of one node, by its name; false for one that the plan does not know.
bool works(const plan& p, const std::string& node);
bool takes_part(const plan& p, const std::string& node);

/// Says of a node that the plan was made without it, and why; nothing of one that it knows. Such a
/// node was not there to be planned with, while one that was may still have nothing to do.
void leave_out(plan& p, const std::string& node, const std::string& why);
bool was_considered(const plan& p, const std::string& node);

/// Short name of a plan on the data plane. Content-addressed: two coordinators that disagree can
/// never mean different plans by one key.
std::uint64_t key_of(const plan& p);

/// Throws `user_error` unless `p` fits `g`: indices in range, regions inside extents and not empty,
/// atoms whole, every op made completely. Anything from a peer goes through it.
void validate(const plan& p, const graph& g);

}  // namespace bramble
