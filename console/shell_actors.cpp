// Commands about actors.
#include "console/actor_view.hpp"
#include "console/live.hpp"
#include "console/shell.hpp"

namespace bramble {
namespace {

constexpr const char* actors_usage = "actors [NODE|all] [--sort mailbox|rate|time] [--tree]";
constexpr const char* inspect_usage = "inspect ACTOR [on NODE]";

/// "peer_link pi3" of the words between the command and `on NODE`.
std::string actor_named(const shell::arguments& words) {
  std::string out;
  for (std::size_t i = 1; i < words.size(); ++i) out += (i == 1 ? "" : " ") + words[i];
  return out;
}

}  // namespace

void shell::add_actor_commands() {
  commands_["actors"] = {actors_usage,
                         "a node's actors: what they do, what waits, how long messages take",
                         "actors all --sort mailbox", [this](auto& w) { return actors(w); },
                         [this](auto& w) {
                           if (w.size() > 2 && w[w.size() - 2] == "--sort") return actor_orders();
                           auto out = members();
                           out.insert(out.end(), {"all", "--sort", "--tree"});
                           return out;
                         }};
  commands_["inspect"] = {inspect_usage,
                          "one actor: its state, times, messages by kind, and who sends them",
                          "inspect peer_link pi3", [this](auto& w) { return inspect(w); },
                          [this](auto& w) {
                            if (w.size() > 2 && w[w.size() - 2] == "on") return members();
                            auto out = names_of_actors();
                            out.emplace_back("on");
                            return out;
                          }};
}

std::vector<actor_list> shell::actors_of(const std::string& whose) {
  if (whose.empty()) return {client_->actors()};
  const auto ask = [&](const std::string& name) {
    return with_member(keys_, *client_, name, [](node_client& it) { return it.actors(); });
  };
  if (whose != "all") return {ask(whose)};
  std::vector<actor_list> out;
  for (const auto& node : client_->status().nodes)
    if (node.state == "alive") out.push_back(ask(node.name));
  return out;
}

shell_answer shell::actors(arguments words) {
  const auto order = take_option(words, "--sort");
  const bool as_tree = take_flag(words, "--tree");
  need(words, 1, 2, actors_usage);
  auto nodes = actors_of(words.size() == 2 ? words[1] : "");
  if (!order.empty())
    for (auto& node : nodes) sort_actors(node.actors, parse_actor_order(order));
  return {describe_actors(nodes, as_tree), to_json(nodes)};
}

shell_answer shell::inspect(const arguments& typed) {
  auto words = typed;
  const auto node = take_option(words, "on");
  need(words, 2, ~std::size_t{0}, inspect_usage);
  const auto lists = actors_of(node);
  const auto name = actor_named(words);
  const auto& actor = find_actor(lists.front(), name);
  return {describe_actor(lists.front().node, actor), to_json(actor)};
}

std::vector<std::string> shell::names_of_actors() {
  std::vector<std::string> out;
  for (const auto& each : client_->actors().actors) out.push_back(each.name);
  return out;
}

}  // namespace bramble
