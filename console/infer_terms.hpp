#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "actors/protocol/messages.hpp"

namespace bramble {

/// What was typed about how an answer is to be made.
struct infer_terms {
  std::string method = "bramble";
  std::string wire = "fp32";
  std::string max_error;
  bool exact = false;

  void add_to(CLI::App& verb);
  /// Without its inputs. Throws `usage_error` for terms that cannot be, or not together.
  infer_request request(const std::string& model) const;
};

}  // namespace bramble
