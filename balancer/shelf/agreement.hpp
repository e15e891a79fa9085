#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/plan/op_table.hpp"

namespace bramble {

/// A node that was measured with a model.
struct measured_node {
  std::string name;
  std::string processor;            ///< with libraries and threads; equal texts, equal kernels
  const op_table* table = nullptr;  ///< with backends and bits
};

/// What nodes should compute ops with so that those of one kind of processor do alike, by name of
/// the node; nothing for a node that does already.
///
/// Each calibrates itself, and where two kernels are about as fast they choose apart by chance:
/// then an answer's last bits depend on who made which part. Of the kernels that nodes of a kind
/// have for an op, taken is one whose parts have the bits of the whole; of those one that has the
/// bits of the host's; then the host's own; then what most have.
std::map<std::string, std::vector<kernel_wish>> kernels_to_agree_on(
    const std::string& host, const std::vector<measured_node>& nodes);

}  // namespace bramble
