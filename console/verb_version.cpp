#include <cstdio>
#include <nlohmann/json.hpp>

#include "config/version.hpp"
#include "console/verbs.hpp"

namespace bramble {

void add_version_verb(CLI::App& app) {
  auto* verb = app.add_subcommand("version", "Print the version");
  auto json = std::make_shared<bool>(false);
  verb->add_flag("--json", *json, "Print JSON");
  verb->footer("Example:\n  bramble version");
  verb->callback([json] {
    if (*json)
      std::printf("%s\n", nlohmann::json{{"version", version}}.dump().c_str());
    else
      std::printf("bramble %s\n", version);
  });
}

}  // namespace bramble
