#include <csignal>

#include "console/common.hpp"
#include "console/engine/verbs.hpp"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App app{"Bramble: one neural network, run by a shelf of small computers", "bramble"};
  app.require_subcommand(1);
  bramble::add_node_verb(app);
  bramble::add_model_making_verbs(app);
  return bramble::run_program(app, argc, argv);
}
