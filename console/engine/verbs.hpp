#pragma once

#include <CLI/CLI.hpp>

/// The verbs that compute: bramble hands its command line to bramble-engine for these.
namespace bramble {

void add_node_verb(CLI::App& app);
void add_model_making_verbs(CLI::App& app);

}  // namespace bramble
