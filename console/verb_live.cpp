#include <cstdio>

#include "console/common.hpp"
#include "console/live.hpp"
#include "console/terminal.hpp"
#include "console/verbs.hpp"

namespace bramble {
namespace {

using kind_t = runtime_override::kind_t;

struct flags {
  client_flags client;
  std::string member;
  std::string value;
  bool json = false;
};
using flags_ptr = std::shared_ptr<flags>;

void print(const nlohmann::json& what) {
  std::printf("%s\n", what.dump(2).c_str());
}

void run(const flags& f, const runtime_override& what) {
  const auto keys = load_keys(f.client.common().paths().keys);
  node_client client{keys, f.client.nodes()};
  const auto effect =
      with_member(keys, client, f.member, [&](node_client& member) { return member.change(what); });
  f.json ? print(to_json(f.member, what, effect)) : (void)std::printf("%s\n", effect.c_str());
}

void run_probe(const flags& f) {
  const auto keys = load_keys(f.client.common().paths().keys);
  node_client client{keys, f.client.nodes()};
  const auto report = with_progress("measuring " + f.member, [&] {
    return with_member(keys, client, f.member, [](node_client& member) { return member.probe(); });
  });
  f.json ? print(to_json(report)) : (void)std::fputs(describe(report).c_str(), stdout);
}

/// A verb "NAME NODE".
std::pair<CLI::App*, flags_ptr> add(CLI::App& app, const char* name, const char* help) {
  auto* verb = app.add_subcommand(name, help);
  auto f = std::make_shared<flags>();
  f->client.add_to(*verb);
  verb->add_option("member", f->member, "Name of the node")->required();
  verb->add_flag("--json", f->json, "Print JSON");
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

  const auto [probe, probed] =
      add(app, "probe", "Measure a node's speed and its links now, when they seem out of date");
  probe->footer(example("bramble probe pi3"));
  probe->callback([f = probed] { run_probe(*f); });
}

}  // namespace bramble
