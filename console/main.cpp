#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "config/base/error.hpp"
#include "console/common.hpp"
#include "console/verbs.hpp"

namespace {

/// Verbs that compute need LibTorch, which takes half a second to load, and the gateway has
/// libraries that nobody else wants: they live in programs of their own beside this one. Empty: it
/// is ours.
std::string program_for(int argc, char** argv) {
  if (argc < 2) return {};
  const std::string_view verb{argv[1]};
  if (verb == "gateway") return "bramble-gateway";
  if (verb == "node") return "bramble-engine";
  if (verb != "model" || argc < 3) return {};
  const std::string_view what{argv[2]};
  return what == "build" || what == "import" ? "bramble-engine" : "";
}

[[noreturn]] void become(const std::string& program, char** argv) {
  // LibTorch's threads spin while they wait unless this is in the environment before they start,
  // and steal the time of whatever else runs.
  ::setenv("OMP_WAIT_POLICY", "passive", 0);
  const auto self = std::filesystem::read_symlink("/proc/self/exe");
  const auto other = self.parent_path() / program;
  ::execv(other.c_str(), argv);
  std::fprintf(stderr, "bramble: %s: cannot be started: %s; is the installation complete?\n",
               other.c_str(), std::strerror(errno));
  std::_Exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  // A closed pipe is an error of one write, not the end of the program.
  std::signal(SIGPIPE, SIG_IGN);
  if (const auto other = program_for(argc, argv); !other.empty()) become(other, argv);

  CLI::App app{"Bramble: one neural network, run by a shelf of small computers", "bramble"};
  app.require_subcommand(1);
  app.footer(bramble::example("bramble node --join pi1.local"));
  app.add_subcommand("node", "Be a node of a cluster");
  app.add_subcommand("gateway", "Let programs that speak HTTP, and browsers, use the shelf");
  bramble::add_status_verb(app);
  bramble::add_doctor_verb(app);
  bramble::add_model_verb(app);
  bramble::add_plan_verb(app);
  bramble::add_infer_verb(app);
  bramble::add_bench_verb(app);
  bramble::add_console_verb(app);
  bramble::add_events_verb(app);
  bramble::add_top_verb(app);
  bramble::add_live_verbs(app);
  bramble::add_invite_verb(app);
  bramble::add_join_verb(app);
  bramble::add_discover_verb(app);
  bramble::add_keys_verb(app);
  bramble::add_package_verb(app);
  bramble::add_version_verb(app);
  return bramble::run_program(app, argc, argv);
}
