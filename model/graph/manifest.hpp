#pragma once

#include <string>
#include <vector>

#include "model/graph/graph.hpp"
#include "model/graph/meaning.hpp"
#include "model/graph/named_form.hpp"
#include "model/graph/understanding.hpp"

namespace bramble {

/// What a model bundle is: the graph, whose weights are blobs named by SHA-256, and how to feed it.
struct manifest {
  static constexpr std::uint32_t current_version = 5;
  /// That is read still: it has no labels, and like 4 no names of outputs and no meaning.
  static constexpr std::uint32_t oldest_version = 3;

  std::uint32_t version = current_version;
  graph model;
  /// A photo becomes (rgb / 255 - mean) / deviation, or without the 255 where `means` says that
  /// values go so far: a number for each channel (in the order the model takes them), or one for
  /// all of them. Empty: 0 and 1.
  std::vector<float> mean;
  std::vector<float> deviation;
  /// What the model itself calls its inputs, in their order; empty where nobody knows.
  std::vector<std::string> input_names;
  /// Said with every result, e.g. that seeded weights make the classes meaningless. May be empty.
  std::string remark;
  /// Its classes, in their order; empty where nobody knows.
  std::vector<std::string> labels;
  /// What the model itself calls its outputs, in their order. Empty where nobody knows, and "" for
  /// one that has no name.
  std::vector<std::string> output_names;
  meaning means;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(version, model, mean, deviation, input_names, remark);
    if (version >= 4) archive(labels);
    if (version >= 5) archive(output_names, means);
  }
};

/// What people call input `index`: its own name, else "input", or "input2" where there are several.
std::string input_name(const manifest& m, std::size_t index);

/// What people call output `index`: its own name, else "output", or "output2" where there are
/// several.
std::string output_name(const manifest& m, std::size_t index);

std::vector<named_form> input_forms(const manifest& m);
std::vector<named_form> output_forms(const manifest& m);

/// `names` if they can be a manifest's `output_names` for so many outputs, else none: there have to
/// be as many, and each a text that tells its output from all others.
std::vector<std::string> usable_output_names(std::vector<std::string> names, std::size_t outputs);

/// What the model means, see `understand`.
understanding understand(const manifest& m, const std::string& where);

/// By whom each was said, which begins the sentence of a mistake.
struct manifest_sources {
  std::string mean, deviation, meaning, labels;
};

/// Throws `user_error` unless what was said of the model's photos and answers can be of this graph:
/// numbers to normalise with (none, one, or as many as each input that takes a photo has channels),
/// meaning and labels.
void check_use(const manifest& m, const manifest_sources& sources);

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
