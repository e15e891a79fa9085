#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "config/base/error.hpp"
#include "config/options.hpp"
#include "config/paths.hpp"

namespace bramble {

/// What every verb has: where the state is. `options()` layers defaults, file and environment; a
/// verb's own flags come on top.
class common_flags {
 public:
  void add_to(CLI::App& verb);

  home_paths paths() const;
  node_options options() const;

 private:
  std::string home_;
};

/// What verbs that talk to a node have besides: which one, or which ones.
class client_flags {
 public:
  void add_to(CLI::App& verb);

  const common_flags& common() const { return common_; }
  std::vector<endpoint> nodes() const;
  /// Whether --node was typed.
  bool is_named() const { return !nodes_.empty(); }

 private:
  common_flags common_;
  std::string nodes_;
};

/// Text under a verb's options: "Example:\n  bramble ...".
std::string example(const std::string& lines);

/// Runs `read`, which reads what was typed after a flag: what it finds wrong is wrong usage. The
/// same functions read variables and files, where a mistake is not one of usage.
template <class Read>
auto from_flag(Read&& read) {
  try {
    return std::forward<Read>(read)();
  } catch (const user_error& e) {
    throw usage_error{e.what()};
  }
}

/// Parses and runs: exit code 0, 1 with one sentence on standard error, 2 for wrong usage, or
/// defaults::exit_busy for a node that has too much to do. A verb that said more itself throws
/// CLI::RuntimeError with its own.
int run_program(CLI::App& app, int argc, char** argv);

}  // namespace bramble
