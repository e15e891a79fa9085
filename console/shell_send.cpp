// The command that sends actors messages by hand.
#include <algorithm>
#include <set>

#include "config/format.hpp"
#include "console/live.hpp"
#include "console/shell.hpp"
#include "console/terminal.hpp"

namespace bramble {
namespace {

constexpr const char* send_usage = "send ACTOR MESSAGE [KEY=VALUE...] [on NODE] [--yes]";

std::string fields_of_offer(const hand_offer& offer) {
  std::string out;
  for (const auto& each : offer.fields) {
    const auto typed = each.name + "=(" + each.type + ")";
    out += " " + (each.required ? typed : "[" + typed + "]");
  }
  return out;
}

/// A line each; what every actor takes is said once.
shell_answer list_of(const std::vector<hand_offer>& offers) {
  std::string text;
  auto json = nlohmann::json::array();
  for (const auto& each : offers) {
    if (each.message != "detail")
      text += each.actor + " " + each.message + fields_of_offer(each) + "   " + each.help +
              (each.changes ? " (is confirmed)\n" : "\n");
    auto fields = nlohmann::json::array();
    for (const auto& field : each.fields)
      fields.push_back({{"name", field.name}, {"type", field.type}, {"required", field.required}});
    json.push_back({{"actor", each.actor},
                    {"message", each.message},
                    {"help", each.help},
                    {"changes", each.changes},
                    {"fields", fields}});
  }
  return {text + "Each of them takes detail: what it is doing.\n", json};
}

hand_value value_of(const std::string& word) {
  const auto equals = word.find('=');
  if (equals == std::string::npos || equals == 0)
    throw user_error("\"" + word + "\" is no KEY=VALUE; type " + send_usage + ".");
  return {word.substr(0, equals), word.substr(equals + 1)};
}

}  // namespace

void shell::add_send_command() {
  commands_["send"] = {send_usage,
                       "send an actor a message by hand and show its answer; alone: which there "
                       "are",
                       "send link_meter probe names=pi2,pi3", [this](auto& w) { return send(w); },
                       [this](auto& w) { return complete_send(w); }};
}

std::vector<std::string> shell::complete_send(const arguments& words) {
  if (words[words.size() - 2] == "on") return alive_members();
  std::set<std::string> out;
  const auto offers = client_->send_by_hand({}).offers;
  for (const auto& each : offers) {
    if (words.size() == 2) out.insert(each.actor);
    if (each.actor != words[1]) continue;
    if (words.size() == 3) out.insert(each.message);
    if (words.size() > 3 && each.message == words[2])
      for (const auto& field : each.fields) out.insert(field.name + "=");
  }
  if (words.size() > 3) out.insert({"on", "--yes"});
  return {out.begin(), out.end()};
}

shell_answer shell::send(arguments words) {
  const bool yes = take_flag(words, "--yes");
  auto node = take_option(words, "on");
  if (node.empty()) node = client_->node_name();
  return with_member(keys_, *client_, node, [&](node_client& it) -> shell_answer {
    hand_message what;
    if (words.size() > 1) what.actor = words[1];
    const auto offers = it.send_by_hand(what).offers;
    if (words.size() < 3) return list_of(offers);
    what.message = words[2];
    for (std::size_t i = 3; i < words.size(); ++i) what.values.push_back(value_of(words[i]));
    const auto offer = std::ranges::find(offers, what.message, &hand_offer::message);
    if (offer != offers.end() && offer->changes)
      confirm(yes, "The message " + what.message + " to " + what.actor + " of " + node + " " +
                       offer->help + ". Is it to be sent?");
    const auto answer =
        with_progress("waiting for " + what.actor, [&] { return it.send_by_hand(what).answer; });
    if (answer.empty()) return {"sent; it gives no answer\n", {{"answer", nullptr}}};
    const auto json = nlohmann::json::parse(answer);
    return {json.dump(2) + "\n", {{"answer", json}}};
  });
}

}  // namespace bramble
