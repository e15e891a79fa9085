#include "console/common.hpp"

#include <algorithm>
#include <cstdio>

#include "actors/client/node_client.hpp"
#include "config/base/error.hpp"
#include "config/defaults_stream.hpp"
#include "console/terminal.hpp"

namespace bramble {

void common_flags::add_to(CLI::App& verb) {
  verb.add_option("--home", home_, "Folder of keys, models and measurements (BRAMBLE_HOME)")
      ->type_name("DIR");
}

home_paths common_flags::paths() const {
  return home_paths{
      home_folder(home_.empty() ? std::nullopt : std::optional<std::filesystem::path>{home_})};
}

node_options common_flags::options() const {
  return load_options(paths().options);
}

void client_flags::add_to(CLI::App& verb) {
  common_.add_to(verb);
  verb.add_option("--node", nodes_,
                  "Node to talk to, or several with commas: the first that answers (BRAMBLE_NODE; "
                  "this machine's by default)")
      ->type_name("HOST[:PORT],...");
}

std::vector<endpoint> client_flags::nodes() const {
  if (!nodes_.empty()) return from_flag([&] { return parse_client_nodes(nodes_, "--node"); });
  return common_.options().nodes;
}

std::string example(const std::string& lines) {
  return "Example:\n  " + lines;
}

int run_program(CLI::App& app, int argc, char** argv) {
  // The parser would only say that a verb is missing.
  const auto is_named = [&](const CLI::App* verb) { return argc > 1 && verb->check_name(argv[1]); };
  const auto verbs = app.get_subcommands([](CLI::App*) { return true; });
  if (argc > 1 && argv[1][0] != '-' && std::none_of(verbs.begin(), verbs.end(), is_named)) {
    std::fprintf(stderr, "bramble: There is no verb \"%s\"; type `bramble --help`.\n", argv[1]);
    return 2;
  }
  try {
    app.parse(argc, argv);
    return 0;
  } catch (const CLI::RuntimeError& e) {
    return e.get_exit_code();  // a verb that has said why
  } catch (const CLI::ParseError& e) {
    // Help and version end parsing too, with success.
    return app.exit(e) == 0 ? 0 : 2;
  } catch (const usage_error& e) {
    show_progress("");
    std::fprintf(stderr, "bramble: %s\n", e.what());
    return 2;
  } catch (const node_is_busy& e) {
    show_progress("");
    std::fprintf(stderr, "bramble: %s\n", e.what());
    return defaults::exit_busy;
  } catch (const std::exception& e) {
    std::fflush(stdout);
    show_progress("");
    std::fprintf(stderr, "bramble: %s\n", e.what());
    return 1;
  }
}

}  // namespace bramble
