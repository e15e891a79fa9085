#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>

#include "config/defaults_mdns.hpp"
#include "config/keys.hpp"
#include "console/common.hpp"
#include "console/discover.hpp"
#include "console/terminal.hpp"
#include "console/verbs.hpp"
#include "console/welcome.hpp"
#include "discovery/mdns/avahi.hpp"

namespace bramble {
namespace {

struct discover_flags {
  common_flags common;
  std::string lasts = "3s";
  bool json = false;
};

/// Nothing where this machine has no keys, or none that can be used.
std::optional<mdns_notice> own_notice(const std::filesystem::path& folder) {
  if (!has_keys(folder)) return std::nullopt;
  try {
    return notice_of(load_keys(folder), mdns_notice::kind_t::node, 0);
  } catch (const user_error& e) {
    std::fprintf(stderr, "bramble: %s\n", e.what());
    return std::nullopt;
  }
}

void discover(const discover_flags& f) {
  const auto lasts = from_flag([&] { return parse_duration(f.lasts, "--for"); });
  const auto own = own_notice(f.common.paths().keys);
  const auto view = with_progress("listening", [&] {
    return listen_to_mdns(
        lasts, [](const mdns_view& now) { return now.daemon == mdns_view::daemon_t::absent; });
  });
  if (view.daemon != mdns_view::daemon_t::present)
    throw user_error("Nobody on this machine speaks mDNS (" +
                     (view.trouble.empty() ? "the Avahi daemon does not answer" : view.trouble) +
                     "); type `sudo apt install avahi-daemon`.");
  const auto shelves = shelves_in(view.seen, own ? &*own : nullptr);
  if (f.json)
    std::printf("%s\n", to_json(shelves).dump(2).c_str());
  else if (shelves.empty())
    std::printf(
        "No shelf is to be seen on this network. Begin one: scripts/launch-node.sh, or "
        "`bramble keys init` and `bramble node`.\n");
  else
    std::printf("%s", describe(shelves).c_str());
}

}  // namespace

void add_discover_verb(CLI::App& app) {
  auto* verb = app.add_subcommand("discover", "List the shelves on this network (by mDNS)");
  auto f = std::make_shared<discover_flags>();
  f->common.add_to(*verb);
  verb->add_option("--for", f->lasts, "How long to listen")
      ->type_name("TIME")
      ->capture_default_str();
  verb->add_flag("--json", f->json, "Print JSON");
  verb->footer(example("bramble discover\n  bramble discover --for 10s --json"));
  verb->callback([f] { discover(*f); });
}

}  // namespace bramble
