#pragma once

#include <CLI/CLI.hpp>

/// Each verb of the bramble program adds itself to the parser; its callback does the work, prints,
/// and throws `user_error` for what the owner can put right.
namespace bramble {

void add_status_verb(CLI::App& app);
void add_doctor_verb(CLI::App& app);
void add_plan_verb(CLI::App& app);
void add_infer_verb(CLI::App& app);
void add_bench_verb(CLI::App& app);
void add_console_verb(CLI::App& app);
void add_events_verb(CLI::App& app);
void add_top_verb(CLI::App& app);    // in console/top
void add_live_verbs(CLI::App& app);  // pace, rate, drain, resume, probe
void add_invite_verb(CLI::App& app);
void add_join_verb(CLI::App& app);
void add_discover_verb(CLI::App& app);
void add_keys_verb(CLI::App& app);
void add_model_verb(CLI::App& app);
void add_package_verb(CLI::App& app);
void add_version_verb(CLI::App& app);

}  // namespace bramble
