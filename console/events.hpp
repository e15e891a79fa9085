#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "console/member_clients.hpp"

namespace bramble {

/// An event as several nodes noted it.
struct merged_event {
  shelf_event what;                ///< as the first of them did
  std::vector<std::string> nodes;  ///< that noted it
};

/// By time. What several nodes noted alike within `defaults::same_event` is one event.
std::vector<merged_event> merge_events(const std::vector<event_list>& lists);

/// A line: "03:12:07  failed  pi3 does not answer any more (pi1, pi2)".
std::string describe(const merged_event& event);
nlohmann::json to_json(const merged_event& event);

/// Throws `user_error` that names the kinds for one that is none; empty is any.
void check_event_kind(const std::string& kind);
/// Seconds of "90s", "10m", "3h", "2d", or a number of seconds. Throws `user_error` for anything
/// else.
double parse_span(const std::string& text);
/// Milliseconds since 1970, so long ago; 0 for an empty text: all.
std::uint64_t since_of(const std::string& span);

/// The events of every member that is alive. Who does not answer is left out, and told in
/// `silent`.
class event_gatherer {
 public:
  event_gatherer(key_info keys, node_client& any_node)
      : others_{std::move(keys)}, any_{&any_node} {}

  /// Those since then, and from the second call on those since the last.
  std::vector<merged_event> gather(std::uint64_t since_ms, const std::string& kind);
  const std::vector<std::string>& silent() const { return silent_; }

 private:
  event_list ask(const node_status& node, const event_query& which);

  member_clients others_;
  node_client* any_;
  std::map<std::string, std::uint64_t> last_;  ///< number of the newest that came, by node
  std::vector<std::string> silent_;
};

}  // namespace bramble
