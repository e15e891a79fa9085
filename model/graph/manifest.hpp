#pragma once

#include <string>
#include <vector>

#include "model/graph/graph.hpp"

namespace bramble {

/// What a model bundle is: the graph, whose weights are blobs named by SHA-256, and how to feed it.
struct manifest {
  static constexpr std::uint32_t current_version = 4;
  static constexpr std::uint32_t oldest_version = 3;  ///< that is read still; it has no labels

  std::uint32_t version = current_version;
  graph model;
  /// A photo becomes (rgb / 255 - mean) / deviation, NCHW: a number for each channel, or one for
  /// all of them. Empty: 0 and 1.
  std::vector<float> mean;
  std::vector<float> deviation;
  /// What the model itself calls its inputs, in their order; empty where nobody knows.
  std::vector<std::string> input_names;
  /// Said with every result, e.g. that seeded weights make the classes meaningless. May be empty.
  std::string remark;
  /// The classes of a classifier, in the order of its only output; empty where nobody knows.
  std::vector<std::string> labels;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(version, model, mean, deviation, input_names, remark);
    if (version >= 4) archive(labels);
  }
};

/// What people call input `index`: its own name, else "input", or "input2" where there are several.
std::string input_name(const manifest& m, std::size_t index);

/// Throws `user_error` unless a photo for this graph's inputs can be normalised with so many
/// numbers: none, one, or as many as each input that takes a photo has channels. `what` stands in
/// front of the message.
void check_channels(const std::vector<float>& numbers, const graph& g, const std::string& what);

/// Classes that the model tells apart: N where its only output is 1xN, else 0.
std::size_t classes_of(const graph& g);

/// Throws `user_error` unless there are no labels or one for each class. `what` stands in front of
/// the message.
void check_labels(const std::vector<std::string>& labels, const graph& g, const std::string& what);

/// The bytes of a manifest file (magic number first), and back. `where` names the source in
/// messages. Reading validates: afterwards the graph is safe to use whatever the bytes were.
byte_vector encode_manifest(const manifest& m);
manifest decode_manifest(byte_span bytes, const std::string& where);

/// Identity of a model everywhere in a cluster: SHA-256 of its encoded manifest. Weights are named
/// by content in it, so equal identities mean equal models.
std::string identity(const manifest& m);

/// An identity, or another digest, as people are shown it: enough digits to tell models apart.
std::string short_identity(const std::string& digest);

}  // namespace bramble
