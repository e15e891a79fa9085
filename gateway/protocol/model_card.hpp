#pragma once

#include <string>
#include <vector>

#include "actors/protocol/message_types.hpp"

namespace bramble::gateway {

/// What a model takes and gives, as the protocol's metadata tell it.
struct model_card {
  std::string name;      ///< by which it was asked for
  std::string identity;  ///< 64 hexadecimal digits
  std::vector<named_form> inputs;
  std::vector<named_form> outputs;
  std::vector<float> mean;  ///< of a photo, as in the manifest
  std::vector<float> deviation;
  std::vector<std::string> labels;  ///< of its classes; may be empty
  std::string remark;               ///< said with every result; may be empty
  meaning means = {};               ///< as in the manifest
};

/// "version" of the protocol: the digits of the identity that people are shown.
std::string version_of(const model_card& card);

/// Whether a version that was asked for (at least defaults::identity_prefix_least digits of an
/// identity) is the one that the name means.
bool is_version(const model_card& card, const std::string& version);

/// The model metadata response: {"name", "versions", "platform", "inputs", "outputs"}.
std::string metadata_json(const model_card& card);

}  // namespace bramble::gateway
