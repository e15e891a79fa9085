// Commands about what happened, and what is under way.
#include <algorithm>

#include "config/format.hpp"
#include "console/events.hpp"
#include "console/live.hpp"
#include "console/local_time.hpp"
#include "console/open_requests.hpp"
#include "console/shell.hpp"
#include "console/stop_flag.hpp"
#include "console/terminal.hpp"

namespace bramble {
namespace {

constexpr const char* events_usage = "events [--since SPAN] [--kind KIND] [--follow]";
constexpr const char* why_usage = "why [MODEL]";
constexpr const char* log_usage =
    "log [NODE] [--level debug|info|warning|error] [--last N] [--follow]";

const std::vector<std::string> levels{"trace", "debug", "info", "warning", "error", "critical"};

std::uint8_t level_of(const std::string& name) {
  if (name.empty()) return 0;
  const auto found = std::ranges::find(levels, name);
  if (found == levels.end())
    throw user_error("There is no level \"" + name + "\"; there are " + listed(levels) + ".");
  return static_cast<std::uint8_t>(found - levels.begin());
}

std::string text_of(const std::vector<merged_event>& events) {
  std::string out;
  for (const auto& each : events) out += describe(each);
  return out;
}

nlohmann::json json_of(const std::vector<merged_event>& events) {
  auto out = nlohmann::json::array();
  for (const auto& each : events) out.push_back(to_json(each));
  return out;
}

std::string line_of(const log_line& line) {
  const auto level = std::min<std::size_t>(line.level, levels.size() - 1);
  return local_time(line.at_ms) + "  " + levels[level] + "  " + line.text + "\n";
}

nlohmann::json json_of(const log_list& list) {
  auto lines = nlohmann::json::array();
  for (const auto& each : list.lines)
    lines.push_back({{"at_ms", each.at_ms},
                     {"level", levels[std::min<std::size_t>(each.level, levels.size() - 1)]},
                     {"text", each.text}});
  return {{"node", list.node}, {"lines", lines}};
}

}  // namespace

void shell::add_event_commands() {
  commands_["events"] = {events_usage, "what has happened to the cluster, by all nodes' journals",
                         "events --since 10m --kind plan", [this](auto& w) { return events(w); },
                         [](auto& w) {
                           if (w[w.size() - 2] == "--kind") return event_kinds();
                           return std::vector<std::string>{"--since", "--kind", "--follow"};
                         }};
  commands_["why"] = {
      why_usage, "why plans are as they are: what changed them, and the reviews that kept them",
      "why inception_v4", [this](auto& w) { return why(w); }, [this](auto&) { return models(); }};
  commands_["requests"] = {"requests [NODE|all]", "what is asked and not answered yet",
                           "requests all", [this](auto& w) { return requests(w); },
                           [this](auto&) {
                             auto out = members();
                             out.emplace_back("all");
                             return out;
                           }};
  commands_["cancel"] = {
      "cancel REQUEST [on NODE]", "give up a request; its client gets an error", "cancel 12 on pi2",
      [this](auto& w) { return cancel(w); },
      [this](auto& w) { return w[w.size() - 2] == "on" ? members() : std::vector<std::string>{}; }};
  commands_["log"] = {log_usage, "the last lines of a node's log", "log pi2 --level warning",
                      [this](auto& w) { return log(w); },
                      [this](auto& w) {
                        if (w[w.size() - 2] == "--level") return levels;
                        auto out = members();
                        out.insert(out.end(), {"--level", "--last", "--follow"});
                        return out;
                      }};
}

/// Of a command that goes on.
void shell::say(const std::string& text) {
  if (!print_) throw user_error("Here nothing can be followed; `bramble console` can.");
  print_(fit_lines(text));
}

template <class Next>
void shell::go_on(Next next) {
  while (!stop_->wait_for(std::chrono::seconds{1})) {
    const std::string text = next();
    if (!text.empty()) say(text);
  }
}

shell_answer shell::events(arguments words) {
  const auto since = since_of(take_option(words, "--since"));
  const auto kind = take_option(words, "--kind");
  const bool follow = take_flag(words, "--follow");
  need(words, 1, 1, events_usage);
  check_event_kind(kind);
  event_gatherer all{keys_, *client_};
  const auto found = all.gather(since, kind);
  std::string missing;
  for (const auto& each : all.silent())
    missing += each + " does not answer: what it noted is missing\n";
  if (!follow) return {text_of(found) + missing, json_of(found)};
  say(text_of(found) + missing);
  go_on([&] { return text_of(all.gather(since, kind)); });
  return {};
}

shell_answer shell::why(const arguments& words) {
  need(words, 1, 2, why_usage);
  const auto model = words.size() == 2 ? words[1] : "";
  auto found = event_gatherer{keys_, *client_}.gather(0, "plan");
  auto reviews = event_gatherer{keys_, *client_}.gather(0, "review");
  // A plan is reviewed every few seconds: the last of them say it.
  constexpr std::size_t told = 10;
  const auto others = [&](const merged_event& each) {
    return !model.empty() && each.what.about != model;
  };
  std::erase_if(found, others);
  std::erase_if(reviews, others);
  if (reviews.size() > told)
    reviews.erase(reviews.begin(), reviews.end() - static_cast<std::ptrdiff_t>(told));
  found.insert(found.end(), reviews.begin(), reviews.end());
  std::ranges::stable_sort(found, {}, [](const merged_event& each) { return each.what.at_ms; });
  std::string pins;
  for (const auto& each : client_->live().pins)
    if (model.empty() || each.model == model) pins += describe(each) + "\n";
  if (found.empty() && pins.empty())
    return {"No plan" + (model.empty() ? "" : " of " + model) +
                " is remembered; one is made for the first request, or by `plan MODEL`.\n",
            nlohmann::json::array()};
  return {text_of(found) + pins, json_of(found)};
}

shell_answer shell::requests(const arguments& words) {
  need(words, 1, 2, "requests [NODE|all]");
  const auto ask = [&](const std::string& name) {
    return with_member(keys_, *client_, name, [](node_client& it) { return it.requests(); });
  };
  std::vector<request_list> hosts;
  if (words.size() == 1)
    hosts.push_back(client_->requests());
  else if (words[1] != "all")
    hosts.push_back(ask(words[1]));
  else
    for (const auto& node : client_->status().nodes)
      if (node.state == "alive") hosts.push_back(ask(node.name));
  return {describe(hosts), to_json(hosts)};
}

shell_answer shell::cancel(arguments words) {
  auto node = take_option(words, "on");
  need(words, 2, 2, "cancel REQUEST [on NODE]");
  if (node.empty()) node = client_->node_name();
  const runtime_override what{runtime_override::kind_t::cancel, 0, words[1]};
  const auto effect =
      with_member(keys_, *client_, node, [&](node_client& it) { return it.change(what); });
  return {effect + "\n", {{"node", node}, {"change", "cancel"}, {"effect", effect}}};
}

shell_answer shell::log(arguments words) {
  const auto least = level_of(take_option(words, "--level"));
  const auto last_text = take_option(words, "--last");
  const auto last = static_cast<std::size_t>(
      last_text.empty() ? 50 : parse_integer(last_text, 1, 100000, "--last"));
  const bool follow = take_flag(words, "--follow");
  need(words, 1, 2, log_usage);
  const auto node = words.size() == 2 ? words[1] : client_->node_name();
  return with_member(keys_, *client_, node, [&](node_client& it) -> shell_answer {
    auto list = it.log({0, least});
    if (list.lines.size() > last)
      list.lines.erase(list.lines.begin(), list.lines.end() - static_cast<std::ptrdiff_t>(last));
    const auto text = [](const log_list& from) {
      std::string out;
      for (const auto& each : from.lines) out += line_of(each);
      return out;
    };
    if (!follow) return {text(list), json_of(list)};
    say(text(list));
    go_on([&] {
      list = it.log({list.last, least});
      return text(list);
    });
    return {};
  });
}

}  // namespace bramble
