#include <cstdio>

#include "console/common.hpp"
#include "console/live.hpp"
#include "console/verbs.hpp"

namespace bramble {
namespace {

using kind_t = live_change::kind_t;

struct flags {
  client_flags client;
  std::string member;
  std::string value;
};

void run(const flags& f, const live_change& what) {
  const auto keys = load_keys(f.client.common().paths().keys);
  node_client client{keys, f.client.nodes()};
  std::fputs(change_member(keys, client, f.member, what).c_str(), stdout);
}

/// A verb "NAME NODE".
std::pair<CLI::App*, std::shared_ptr<flags>> add(CLI::App& app, const char* name,
                                                 const char* help) {
  auto* verb = app.add_subcommand(name, help);
  auto f = std::make_shared<flags>();
  f->client.add_to(*verb);
  verb->add_option("member", f->member, "Name of the node")->required();
  return {verb, f};
}

}  // namespace

void add_live_verbs(CLI::App& app) {
  const auto [pace, paced] = add(app, "pace", "Slow a running node down, or take that back");
  pace->add_option("share", paced->value, "Share of its speed that is left: 0.5, 1 for all of it")
      ->required();
  pace->footer(example("bramble pace pi3 0.5"));
  pace->callback([f = paced] {
    run(*f, {kind_t::pace, from_flag([&] { return parse_share(f->value); })});
  });

  const auto [rate, limited] = add(app, "rate", "Limit what a running node sends to each other");
  rate->add_option("rate", limited->value, "100mbit, 1gbit; none takes the limit back")->required();
  rate->footer(example("bramble rate pi3 100mbit"));
  rate->callback([f = limited] {
    run(*f, {kind_t::rate, from_flag([&] { return parse_rate(f->value); })});
  });

  const auto [drain, drained] =
      add(app, "drain", "Give a node no more work of other hosts, before it is taken away");
  drain->footer(example("bramble drain pi3"));
  drain->callback([f = drained] { run(*f, {kind_t::drain, 0}); });

  const auto [resume, resumed] = add(app, "resume", "Take a drained node back");
  resume->footer(example("bramble resume pi3"));
  resume->callback([f = resumed] { run(*f, {kind_t::resume, 0}); });
}

}  // namespace bramble
