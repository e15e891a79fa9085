#pragma once

#include <CLI/CLI.hpp>

namespace bramble::gateway {

/// `bramble gateway` and `bramble gateway token`.
void add_gateway_verb(CLI::App& app);

}  // namespace bramble::gateway
