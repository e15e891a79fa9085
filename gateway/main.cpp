#include <csignal>

#include "console/common.hpp"
#include "gateway/verb_gateway.hpp"

int main(int argc, char** argv) {
  // A closed connection is an error of one write, not the end of the program.
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App app{"Bramble: one neural network, run by a shelf of small computers", "bramble"};
  app.require_subcommand(1);
  bramble::gateway::add_gateway_verb(app);
  return bramble::run_program(app, argc, argv);
}
