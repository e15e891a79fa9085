// Commands about nodes, models and plans.
#include <algorithm>

#include "balancer/report/report.hpp"
#include "config/format.hpp"
#include "console/doctor.hpp"
#include "console/live.hpp"
#include "console/model_list.hpp"
#include "console/shelf_load.hpp"
#include "console/shell.hpp"
#include "console/status.hpp"
#include "console/terminal.hpp"
#include "model/plan/method_pins.hpp"

namespace bramble {

void shell::add_node_commands() {
  using kind_t = runtime_override::kind_t;
  const auto of_members = [this](const arguments& words) {
    return words.size() == 2 ? members() : std::vector<std::string>{};
  };
  commands_["help"] = {"help [COMMAND]", "what can be typed", "help plan",
                       [this](auto& w) { return help(w); },
                       [this](auto&) { return names_of_commands(); }};
  commands_["nodes"] = {"nodes", "the cluster's nodes and links", "nodes", [this](auto& w) {
                          need(w, 1, 1, "nodes");
                          return nodes();
                        }};
  commands_["models"] = {"models", "the shelf's models, and who has them", "models",
                         [this](auto& w) {
                           need(w, 1, 1, "models");
                           return list_of_models();
                         }};
  commands_["load"] = {"load [MODEL]",
                       "what is asked of each host, how long it waits, how the shelf takes it",
                       "load inception_v4 --json", [this](auto& w) { return load(w); },
                       [this](auto& w) { return w.size() == 2 ? models() : arguments{}; }};
  commands_["plan"] = {"plan [MODEL [METHOD]]", "who makes what and why; with a model, who would",
                       "plan inception_v4 one", [this](auto& w) { return plans(w); },
                       [this](auto& w) { return w.size() == 2 ? models() : plan_methods(); }};
  commands_["pace"] = {"pace NODE SHARE", "slow a node to a share of its speed (1: all of it)",
                       "pace pi3 0.5",
                       [this](auto& w) {
                         need(w, 3, 3, "pace NODE SHARE");
                         return change(w[1], {kind_t::pace, parse_share(w[2])});
                       },
                       of_members};
  commands_["rate"] = {"rate NODE RATE", "limit what a node sends to each other (100mbit, none)",
                       "rate pi3 100mbit",
                       [this](auto& w) {
                         need(w, 3, 3, "rate NODE RATE");
                         return change(w[1], {kind_t::rate, parse_rate(w[2])});
                       },
                       of_members};
  commands_["drain"] = {"drain NODE", "give a node no more work of other hosts", "drain pi3",
                        [this](auto& w) {
                          need(w, 2, 2, "drain NODE");
                          return change(w[1], {kind_t::drain, 0});
                        },
                        of_members};
  commands_["resume"] = {"resume NODE", "take a drained node back", "resume pi3",
                         [this](auto& w) {
                           need(w, 2, 2, "resume NODE");
                           return change(w[1], {kind_t::resume, 0});
                         },
                         of_members};
  commands_["attach"] = {"attach NODE|HOST[:PORT]", "talk to another node", "attach pi2",
                         [this](auto& w) {
                           need(w, 2, 2, "attach NODE|HOST[:PORT]");
                           return attach_to(w[1]);
                         },
                         of_members};
  commands_["probe"] = {"probe NODE", "measure a node's speed and its links now", "probe pi3",
                        [this](auto& w) {
                          need(w, 2, 2, "probe NODE");
                          return probe(w[1]);
                        },
                        of_members};
  commands_["doctor"] = {
      "doctor [NODE]",
      "what is wrong with a machine, its network and its cluster, and what to type", "doctor pi3",
      [this](auto& w) { return examine(w); }, of_members};
  commands_["quit"] = {"quit", "leave the console", "quit", [this](auto&) {
                         leaving_ = true;
                         return shell_answer{};
                       }};
}

/// A member by its name, else whoever is there.
shell_answer shell::attach_to(const std::string& where) {
  const auto status = client_->status();
  const bool known = std::ranges::any_of(
      status.nodes, [&](const node_status& node) { return node.name == where; });
  attach({known ? address_of(status, where)
                : parse_endpoint(where, defaults::control_port, "attach")});
  return {"attached to " + client_->node_name() + "\n", {{"attached_to", client_->node_name()}}};
}

shell_answer shell::nodes() {
  const auto status = client_->status();
  const auto ways = ways_in_use(keys_, status);
  std::string out = describe(status, ways);
  for (const auto& node : status.nodes)
    for (const auto& link : node.report.links)
      out += "  " + node.name + " -> " + link.to + "  " + fixed(link.mbit, 0) + " Mbit/s  " +
             fixed(link.rtt_ms, 2) + " ms\n";
  return {out, to_json(status, ways)};
}

shell_answer shell::list_of_models() {
  const auto found = list_models({}, models_of(client_->status()));
  if (found.empty())
    return {
        "No models yet; at a shell of a node type `bramble model build inception_v4` or "
        "`bramble model import FILE.pt --input 1x3x224x224`.\n",
        nlohmann::json::array()};
  return {describe_of_shelf(found), to_json(found, true)};
}

shell_answer shell::plans(const arguments& words) {
  if (words.size() == 1) {
    const auto live = client_->live();
    return {describe(live), to_json(live)};
  }
  need(words, 2, 3, "plan [MODEL [METHOD]]");
  plan_query query;
  query.model = words[1];
  if (words.size() == 3) query.method = words[2];
  const auto made = with_progress("planning", [&] { return client_->make_plan(query); });
  return {report_text(made), report_json(made)};
}

shell_answer shell::load(const arguments& words) {
  need(words, 1, 2, "load [MODEL]");
  const auto found = load_of_shelf(keys_, *client_, words.size() == 2 ? words[1] : "");
  return {describe(found), to_json(found)};
}

shell_answer shell::probe(const std::string& member) {
  const auto report = with_progress("measuring " + member, [&] {
    return with_member(keys_, *client_, member, [](node_client& it) { return it.probe(); });
  });
  return {describe(report), to_json(report)};
}

shell_answer shell::examine(const arguments& words) {
  need(words, 1, 2, "doctor [NODE]");
  const auto& whom = words.size() == 2 ? words[1] : client_->node_name();
  const auto found = with_progress("examining " + whom, [&] {
    return with_member(keys_, *client_, whom, [](node_client& it) { return it.examine(); });
  });
  return {describe(found), to_json(found, true)};
}

shell_answer shell::change(const std::string& member, const runtime_override& what) {
  const auto effect =
      with_member(keys_, *client_, member, [&](node_client& it) { return it.change(what); });
  return {effect + "\n", to_json(member, what, effect)};
}

}  // namespace bramble
