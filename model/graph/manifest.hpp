#pragma once

#include <array>
#include <string>

#include "model/graph/graph.hpp"

namespace bramble {

/// What a model bundle is: the graph, whose weights are blobs named by SHA-256, and how to feed it.
struct manifest {
  static constexpr std::uint32_t current_version = 2;

  std::uint32_t version = current_version;
  graph model;
  /// A photo becomes (rgb / 255 - mean) / deviation, NCHW.
  std::array<float, 3> mean{0, 0, 0};
  std::array<float, 3> deviation{1, 1, 1};
  /// Said with every result, e.g. that seeded weights make the classes meaningless. May be empty.
  std::string remark;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(version, model, mean, deviation, remark);
  }
};

/// The bytes of a manifest file (magic number first), and back. `where` names the source in
/// messages. Reading validates: afterwards the graph is safe to use whatever the bytes were.
byte_vector encode_manifest(const manifest& m);
manifest decode_manifest(byte_span bytes, const std::string& where);

/// Identity of a model everywhere in a cluster: SHA-256 of its encoded manifest. Weights are named
/// by content in it, so equal identities mean equal models.
std::string identity(const manifest& m);

}  // namespace bramble
