#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "actors/protocol/messages.hpp"
#include "model/answer/answer.hpp"

namespace bramble {

/// What a described model means. Throws `user_error` for one that contradicts itself.
understanding understand(const model_description& model);

/// How a photo becomes any of its inputs: as was said, or is usual for its task.
meaning photo_meaning(const model_description& model);

struct told_answer {
  answer what;
  std::vector<std::string> warnings;  ///< sentences
};

/// Reads a reply as its model means it. Where that was only guessed and cannot be, nothing is read,
/// and a warning says so. Throws `user_error` where it was said.
told_answer read_reply(const model_description& model, const understanding& known,
                       const std::vector<host_tensor>& outputs,
                       const std::optional<photo_placement>& placement, const reading& how);

/// For people, each line with its end; empty where nothing was read.
std::string describe(const answer& what, double threshold);

/// The same in a few words without a line's end: "2 cat, 1 dog", "61 % road, 20 % sky".
std::string describe_briefly(const answer& what);

/// Keys that an answer adds to the object of `--json`: "boxes", "classes" with shares, "picture".
void add_json(nlohmann::json& to, const answer& what);

/// [{"name", "dtype", "shape"}]: what a reply holds.
nlohmann::json tensors_json(const model_description& model,
                            const std::vector<host_tensor>& outputs);

/// What output `index` of a reply is called.
std::string name_of_output(const model_description& model, std::size_t index, std::size_t count);

}  // namespace bramble
