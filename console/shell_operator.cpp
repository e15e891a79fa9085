// Commands by which an operator changes what the shelf does.
#include <algorithm>

#include "config/format.hpp"
#include "console/live.hpp"
#include "console/shell.hpp"
#include "console/terminal.hpp"

namespace bramble {
namespace {

using kind_t = runtime_override::kind_t;

constexpr const char* replan_usage = "replan MODEL";
constexpr const char* pin_usage = "pin MODEL METHOD|none";
constexpr const char* stop_usage = "stop NODE [--yes]";
constexpr const char* restart_usage = "restart ACTOR [on NODE] [--yes]";

}  // namespace

void shell::add_operator_commands() {
  commands_["replan"] = {
      replan_usage, "make the plans of a model that are in use anew, on the figures of now",
      "replan inception_v4", [this](auto& w) { return replan(w); },
      [this](auto& w) { return w.size() == 2 ? models() : std::vector<std::string>{}; }};
  commands_["pin"] = {pin_usage,
                      "have a model planned by one method alone, on all nodes; none takes it back",
                      "pin inception_v4 one", [this](auto& w) { return pin(w); },
                      [this](auto& w) {
                        if (w.size() == 2) return models();
                        auto out = plan_methods();
                        out.emplace_back("none");
                        return w.size() == 3 ? out : std::vector<std::string>{};
                      }};
  commands_["forget"] = {"forget NODE",
                         "take a member that failed or left, and does not come back, out of the "
                         "view of all",
                         "forget pi4",
                         [this](auto& w) {
                           need(w, 2, 2, "forget NODE");
                           return change(client_->node_name(), {kind_t::forget, 0, w[1]});
                         },
                         [this](auto& w) {
                           std::vector<std::string> gone;
                           if (w.size() == 2)
                             for (const auto& node : client_->status().nodes)
                               if (node.state == "failed" || node.state == "left")
                                 gone.push_back(node.name);
                           return gone;
                         }};
  commands_["stop"] = {stop_usage, "end a node as its service would: what runs is finished first",
                       "stop pi3", [this](auto& w) { return stop(w); },
                       [this](auto& w) {
                         return w.size() == 2 ? alive_members() : std::vector<std::string>{"--yes"};
                       }};
  commands_["restart"] = {restart_usage,
                          "begin an actor anew that loses nothing by it, such as capacity_meter",
                          "restart capacity_meter on pi2", [this](auto& w) { return restart(w); },
                          [this](auto& w) {
                            if (w.size() > 2 && w[w.size() - 2] == "on") return alive_members();
                            auto out = names_of_actors();
                            out.insert(out.end(), {"on", "--yes"});
                            return out;
                          }};
}

shell_answer shell::replan(const arguments& words) {
  need(words, 2, 2, replan_usage);
  const auto& model = words[1];
  std::vector<replan_report> hosts;
  std::string silent;
  const auto known = models();
  const auto names = alive_members();
  with_progress("planning anew", [&] {
    for (const auto& name : names) try {
        hosts.push_back(
            with_member(keys_, *client_, name, [&](node_client& it) { return it.replan(model); }));
      } catch (const user_error& e) {
        silent += name + ": " + e.what() + "\n";
      }
    return true;
  });
  if (hosts.empty()) throw user_error("No node could be asked. " + silent);
  std::erase_if(hosts, [](const replan_report& each) { return each.plans.empty(); });
  if (!hosts.empty()) return {describe(hosts) + silent, to_json(hosts)};
  if (std::ranges::count(known, model) == 0)
    throw user_error(
        "There is no model " + model + "; " +
        (known.empty() ? "the shelf has none." : "the shelf has " + listed(known) + "."));
  return {"No host has a plan of " + model + " in use; `plan " + model + "` makes one.\n" + silent,
          nlohmann::json::array()};
}

shell_answer shell::pin(const arguments& words) {
  need(words, 3, 3, pin_usage);
  const auto method = words[2] == "none" ? std::string{} : words[2];
  return change(client_->node_name(), {kind_t::pin, 0, words[1], method});
}

shell_answer shell::stop(arguments words) {
  const bool yes = take_flag(words, "--yes");
  need(words, 2, 2, stop_usage);
  address_of(client_->status(), words[1]);  // which says whom there is
  confirm(yes, "Is " + words[1] + " to end?");
  return change(words[1], {kind_t::stop, 0});
}

shell_answer shell::restart(arguments words) {
  const bool yes = take_flag(words, "--yes");
  auto node = take_option(words, "on");
  need(words, 2, 4, restart_usage);
  if (node.empty()) node = client_->node_name();
  std::string actor;
  for (std::size_t i = 1; i < words.size(); ++i) actor += (i == 1 ? "" : " ") + words[i];
  confirm(yes, "Is " + actor + " of " + node + " to be begun anew?");
  return change(node, {kind_t::restart, 0, actor});
}

}  // namespace bramble
