#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "console/infer_stream.hpp"
#include "console/inputs.hpp"
#include "console/output_files.hpp"

namespace bramble {

/// What was typed about a stream.
struct files_flags {
  std::size_t concurrency = 1;
  bool unordered = false;
  std::string watch;

  void add_to(CLI::App& verb);
};

/// How answers are told.
struct answer_style {
  reading how = {};
  bool json = false;
};

/// Whether these words ask about many files, each for a model of one input: several files, a
/// folder, "-", or a folder to watch. Throws `usage_error` for what does not go together.
bool asks_about_many(const files_flags& flags, const typed_inputs& typed);

/// A request of many: what it is about, and how it is told.
struct files_job {
  const model_description& model;
  const understanding& known;
  const infer_request& terms;  ///< without inputs
  const answer_style& style;
  output_files& outputs;
};

/// Asks about them and tells each answer. Ends with CLI::RuntimeError where something failed (1) or
/// somebody stopped it (128 and the signal's number).
void infer_files(node_client& client, const files_job& job, const files_flags& flags,
                 const std::vector<std::string>& words);

}  // namespace bramble
