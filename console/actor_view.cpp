#include "console/actor_view.hpp"

#include <algorithm>
#include <map>

#include "config/base/error.hpp"
#include "config/format.hpp"
#include "console/terminal.hpp"

namespace bramble {
namespace {

const std::map<std::string, actor_order> orders{{"started", actor_order::started},
                                                {"mailbox", actor_order::mailbox},
                                                {"rate", actor_order::rate},
                                                {"time", actor_order::time}};

std::string short_ms(double ms) {
  return ms == 0 ? "-" : ms < 10 ? fixed(ms, 2) : format_ms(ms);
}

/// "waits", "in plan for 1.2 s", "stuck in run for 12.3 s", "ended: done".
std::string state_of(const actor_info& actor) {
  if (!actor.ended.empty()) return "ended: " + actor.ended;
  if (actor.current.empty()) return actor.grows ? "cannot keep up" : "waits";
  const auto since = actor.current_ms < 1000 ? format_ms(actor.current_ms) + " ms"
                                             : fixed(actor.current_ms / 1000, 1) + " s";
  return (actor.is_stuck() ? "stuck in " : "in ") + actor.current + " for " + since;
}

/// Most of what an actor gets: "from node 40, requester 12".
std::string talks(const actor_info& actor) {
  std::vector<std::string> out;
  for (const auto& each : actor.talkers)
    if (out.size() < 3) out.push_back(each.name + " " + std::to_string(each.count));
  return out.empty() ? "" : "  (from " + joined(out) + ")";
}

void add_branch(std::string& out, const std::vector<actor_info>& actors, std::uint64_t parent,
                const std::string& indent) {
  std::vector<const actor_info*> here;
  for (const auto& each : actors)
    if (each.parent == parent && each.id != parent) here.push_back(&each);
  for (const auto* each : here) {
    const bool last = each == here.back();
    out += indent + (last ? "`-- " : "|-- ") + each->name + ": " + state_of(*each) + talks(*each) +
           "\n";
    if (each->id != 0) add_branch(out, actors, each->id, indent + (last ? "    " : "|   "));
  }
}

nlohmann::json to_json(const time_figures& times) {
  return {{"p50_ms", times.p50_ms}, {"p99_ms", times.p99_ms}, {"max_ms", times.max_ms}};
}

std::string figures(const time_figures& times) {
  return "p50 " + short_ms(times.p50_ms) + " ms, p99 " + short_ms(times.p99_ms) + " ms, longest " +
         short_ms(times.max_ms) + " ms";
}

}  // namespace

actor_order parse_actor_order(const std::string& text) {
  const auto found = orders.find(text);
  if (found == orders.end())
    throw user_error("Actors are sorted by " + listed(actor_orders()) + ", not by \"" + text +
                     "\".");
  return found->second;
}

const std::vector<std::string>& actor_orders() {
  static const std::vector<std::string> names{"mailbox", "rate", "time"};
  return names;
}

void sort_actors(std::vector<actor_info>& actors, actor_order by) {
  const auto busy = [by](const actor_info& each) {
    if (by == actor_order::mailbox) return static_cast<double>(each.mailbox);
    const auto count = static_cast<double>(each.last_minute);
    return by == actor_order::rate ? count : count * each.work.p50_ms + each.current_ms;
  };
  if (by == actor_order::started) return;
  std::ranges::stable_sort(actors, [&](const auto& a, const auto& b) { return busy(a) > busy(b); });
}

const std::vector<std::string>& actor_columns() {
  static const std::vector<std::string> names{"actor",     "does",    "mailbox", "a minute",
                                              "waited ms", "took ms", "errors",  "says"};
  return names;
}

std::vector<std::string> actor_row(const actor_info& actor) {
  return {actor.name,
          state_of(actor),
          std::to_string(actor.mailbox),
          std::to_string(actor.last_minute),
          short_ms(actor.wait.p50_ms) + " / " + short_ms(actor.wait.p99_ms),
          short_ms(actor.work.p50_ms) + " / " + short_ms(actor.work.p99_ms) + " / " +
              short_ms(actor.work.max_ms),
          actor.errors == 0 ? "-" : std::to_string(actor.errors),
          actor.detail.empty() ? "-" : actor.detail};
}

std::string describe_actors(const std::vector<actor_list>& nodes, bool as_tree) {
  std::string out;
  for (const auto& node : nodes) {
    if (as_tree) {
      out += node.node + "\n";
      add_branch(out, node.actors, 0, "");
      continue;
    }
    if (nodes.size() > 1) out += bold(node.node) + "\n";
    std::vector<std::vector<std::string>> rows{actor_columns()};
    rows.reserve(node.actors.size() + 1);
    for (const auto& each : node.actors) rows.push_back(actor_row(each));
    out += format_table(rows);
  }
  return out;
}

std::string describe_actor(const std::string& node, const actor_info& actor) {
  std::string out = bold(actor.name) + " on " + node + ", #" + std::to_string(actor.id) + ", " +
                    state_of(actor) + "\n";
  if (!actor.detail.empty()) out += "says: " + actor.detail + "\n";
  out += "since " + format_duration(actor.age_s) +
         (actor.own_thread ? ", on a thread of its own" : ", on the node's threads") +
         ", a message may take " + format_duration(actor.deadline_ms / 1000) +
         (actor.restarts > 0 ? ", begun anew " + std::to_string(actor.restarts) + " times" : "") +
         "\n";
  out += "mailbox: " + std::to_string(actor.mailbox) + " wait" +
         (actor.grows ? ", and they become more" : "") + "; " + std::to_string(actor.handled) +
         " handled, " + std::to_string(actor.last_minute) + " in the last minute\n";
  out += "in the mailbox: " + figures(actor.wait) + "\n";
  out += "in the handler: " + figures(actor.work) + "\n";
  out += "answered " + std::to_string(actor.errors) + " errors, got " +
         std::to_string(actor.refused) + "\n";
  if (!actor.kinds.empty()) {
    std::vector<std::vector<std::string>> rows{{"message", "count", "mean ms", "longest ms"}};
    rows.reserve(actor.kinds.size() + 1);
    for (const auto& each : actor.kinds)
      rows.push_back(
          {each.kind, std::to_string(each.count),
           each.count == 0 ? "-" : short_ms(each.total_ms / static_cast<double>(each.count)),
           short_ms(each.max_ms)});
    out += format_table(rows);
  }
  std::vector<std::string> talkers;
  talkers.reserve(actor.talkers.size());
  for (const auto& each : actor.talkers)
    talkers.push_back(each.name + " " + std::to_string(each.count));
  if (!talkers.empty()) out += "from " + joined(talkers) + "\n";
  return out;
}

nlohmann::json to_json(const actor_info& actor) {
  nlohmann::json kinds = nlohmann::json::array();
  for (const auto& each : actor.kinds)
    kinds.push_back({{"kind", each.kind},
                     {"count", each.count},
                     {"total_ms", each.total_ms},
                     {"max_ms", each.max_ms}});
  nlohmann::json talkers = nlohmann::json::array();
  for (const auto& each : actor.talkers)
    talkers.push_back({{"name", each.name}, {"count", each.count}});
  const bool works = !actor.current.empty();
  return {{"name", actor.name},
          {"id", actor.id},
          {"parent", actor.parent},
          {"own_thread", actor.own_thread},
          {"detail", actor.detail},
          {"ended", actor.ended.empty() ? nlohmann::json(nullptr) : nlohmann::json(actor.ended)},
          {"age_s", actor.age_s},
          {"mailbox", actor.mailbox},
          {"grows", actor.grows},
          {"handled", actor.handled},
          {"last_minute", actor.last_minute},
          {"errors", actor.errors},
          {"refused", actor.refused},
          {"restarts", actor.restarts},
          {"wait", to_json(actor.wait)},
          {"work", to_json(actor.work)},
          {"current", works ? nlohmann::json(actor.current) : nlohmann::json(nullptr)},
          {"current_ms", actor.current_ms},
          {"deadline_ms", actor.deadline_ms},
          {"stuck", actor.is_stuck()},
          {"kinds", kinds},
          {"talkers", talkers}};
}

nlohmann::json to_json(const std::vector<actor_list>& nodes) {
  nlohmann::json out = nlohmann::json::array();
  for (const auto& node : nodes) {
    nlohmann::json actors = nlohmann::json::array();
    for (const auto& each : node.actors) actors.push_back(to_json(each));
    out.push_back({{"node", node.node}, {"actors", actors}});
  }
  return out;
}

const actor_info& find_actor(const actor_list& list, const std::string& name) {
  const actor_info* found = nullptr;
  std::size_t beginnings = 0;
  std::vector<std::string> names;
  names.reserve(list.actors.size());
  for (const auto& each : list.actors) {
    if (each.name == name || "#" + std::to_string(each.id) == name) return each;
    if (each.name.starts_with(name)) {
      found = &each;
      ++beginnings;
    }
    names.push_back(each.name);
  }
  if (beginnings == 1) return *found;
  throw user_error("On " + list.node + " there is no actor \"" + name + "\"" +
                   (beginnings > 1 ? " alone" : "") + "; there are " + listed(names) + ".");
}

}  // namespace bramble
