#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "actors/planning/core/turn_book.hpp"

namespace bramble::test {

using team_names = std::vector<std::string>;

inline const std::vector<way> four_ways{
    {{{{"pi1", "pi2", "pi3", "pi4"}, 570, 550}}},
    {{{{"pi1", "pi3"}, 1020, 1000}, {{"pi2", "pi4"}, 1020, 1000}}},
    {{{{"pi1"}, 1940, 1940}, {{"pi2"}, 1940, 1940}, {{"pi3"}, 1940, 1940}, {{"pi4"}, 1940, 1940}}}};

/// A coordinator's shelf of four, with nothing behind it: ways and plans are there at once.
struct turn_kit {
  turn_book book;
  turn_book::time_point now{std::chrono::hours{1}};
  std::vector<turn_actions::grant> grants;  ///< all so far
  std::vector<way> ways = four_ways;
  std::map<std::string, std::vector<way>> ways_of;  ///< by model, where they are others
  bool plans_fail = false, has_facts = true;
  std::size_t surveys = 0, plans = 0;

  turn_kit() {
    const std::set<std::string> all{"pi1", "pi2", "pi3", "pi4"};
    happen(book.use_members(all, all, now));
  }

  const std::vector<way>& ways_for(const std::string& model) const {
    const auto own = ways_of.find(model);
    return own == ways_of.end() ? ways : own->second;
  }

  void happen(const turn_todo& todo) {
    for (const auto& each : todo) {
      if (const auto* given = std::get_if<turn_actions::grant>(&each)) grants.push_back(*given);
      if (const auto* ask = std::get_if<turn_actions::survey>(&each)) {
        ++surveys;
        if (has_facts)
          happen(book.surveyed(ask->stream, ways_for(ask->query.model), now));
        else
          book.not_surveyed(ask->stream);
      }
      if (const auto* ask = std::get_if<turn_actions::prepare>(&each)) {
        ++plans;
        happen(book.prepared(ask->stream, ask->query, !plans_fail, now));
      }
    }
  }

  void ask(const std::string& host, std::uint64_t number, bool runs = false,
           const std::string& model = "model", std::uint32_t clients = 1) {
    turn_query query;
    query.what.model = query.what.identity = model;
    query.what.host = host;
    query.number = number;
    query.clients = clients;
    query.runs = runs;
    happen(book.ask(query, now));
  }
  void end(const std::string& host, std::uint64_t number) { happen(book.end({host, number}, now)); }
  std::vector<way_switch> switches() const {
    const auto all = book.report(now);
    return all.empty() ? std::vector<way_switch>{} : all[0].switches;
  }
  std::string way_now() const {
    const auto all = book.report(now);
    return all.empty() ? "" : all[0].how;
  }
  bool has_turn(const std::string& host, std::uint64_t number) const {
    return std::ranges::any_of(
        grants, [&](const auto& each) { return each.host == host && each.number == number; });
  }
};

}  // namespace bramble::test
