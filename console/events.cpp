#include "console/events.hpp"

#include <algorithm>
#include <chrono>

#include "config/base/wall_clock.hpp"
#include "config/defaults.hpp"
#include "config/defaults_observing.hpp"
#include "config/format.hpp"
#include "console/live.hpp"
#include "console/local_time.hpp"

namespace bramble {
namespace {

bool is_today(std::uint64_t at_ms) {
  return local_time(at_ms, "%F") == local_time(milliseconds_since_1970(), "%F");
}

/// A node that was begun without an earlier journal counts from 1 again; that is no repetition.
bool is_same(const shelf_event& one, const shelf_event& other) {
  const auto apart = std::max(one.at_ms, other.at_ms) - std::min(one.at_ms, other.at_ms);
  const auto most = std::chrono::milliseconds{defaults::same_event}.count();
  return one.kind == other.kind && one.about == other.about && one.text == other.text &&
         apart <= static_cast<std::uint64_t>(most);
}

}  // namespace

std::vector<merged_event> merge_events(const std::vector<event_list>& lists) {
  std::vector<shelf_event> all;
  for (const auto& list : lists) all.insert(all.end(), list.events.begin(), list.events.end());
  std::ranges::stable_sort(all, {}, &shelf_event::at_ms);
  std::vector<merged_event> out;
  for (const auto& each : all) {
    const auto known = std::ranges::find_if(out, [&](const merged_event& other) {
      return is_same(other.what, each) && std::ranges::count(other.nodes, each.node) == 0;
    });
    if (known != out.end())
      known->nodes.push_back(each.node);
    else
      out.push_back({each, {each.node}});
  }
  return out;
}

std::string describe(const merged_event& event) {
  const auto& what = event.what;
  const std::string pad(what.kind.size() < 11 ? 11 - what.kind.size() : 0, ' ');
  return local_time(what.at_ms, is_today(what.at_ms) ? "%H:%M:%S" : "%F %H:%M:%S") + "  " +
         what.kind + pad + "  " + what.text + " (" + joined(event.nodes) + ")\n";
}

nlohmann::json to_json(const merged_event& event) {
  return {{"at_ms", event.what.at_ms},
          {"kind", event.what.kind},
          {"about", event.what.about},
          {"text", event.what.text},
          {"nodes", event.nodes}};
}

void check_event_kind(const std::string& kind) {
  const auto& kinds = event_kinds();
  if (!kind.empty() && std::ranges::count(kinds, kind) == 0)
    throw user_error("There are no events of kind \"" + kind + "\"; there are " + listed(kinds) +
                     ".");
}

double parse_span(const std::string& text) {
  static const std::map<char, double> units{{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
  const auto unit = text.empty() ? units.end() : units.find(text.back());
  const auto digits = unit == units.end() ? text : text.substr(0, text.size() - 1);
  if (digits.empty() || digits.size() > 9 ||
      digits.find_first_not_of("0123456789") != std::string::npos)
    throw user_error("\"" + text + "\" is no span of time; 90s, 10m, 3h and 2d are.");
  return std::stod(digits) * (unit == units.end() ? 1 : unit->second);
}

std::uint64_t since_of(const std::string& span) {
  if (span.empty()) return 0;
  const auto now = milliseconds_since_1970();
  return now - std::min(now, static_cast<std::uint64_t>(parse_span(span) * 1000));
}

event_list event_gatherer::ask(const node_status& node, const event_query& which) {
  if (node.name == any_->node_name()) return any_->events(which);
  return others_.to(node).events(which);
}

std::vector<merged_event> event_gatherer::gather(std::uint64_t since_ms, const std::string& kind) {
  std::vector<event_list> lists;
  silent_.clear();
  for (const auto& node : any_->status().nodes) {
    if (node.state != "alive") continue;
    try {
      lists.push_back(ask(node, {last_[node.name], since_ms, kind}));
      last_[node.name] = lists.back().last;
    } catch (const user_error&) {
      others_.forget(node.name);
      silent_.push_back(node.name);
    }
  }
  return merge_events(lists);
}

}  // namespace bramble
