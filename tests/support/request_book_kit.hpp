#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actors/requests/core/request_book.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/nothing_model.hpp"

/// A request_book with nothing behind it.
namespace bramble::test {

namespace acts = bramble::request_actions;

using list_of_names = std::vector<std::string>;

inline const request_book::time_point accepted_at{};

/// The one action of a list that is of this kind.
template <class Action>
const Action* only(const request_todo& all) {
  const Action* out = nullptr;
  for (const auto& each : all)
    if (const auto* found = std::get_if<Action>(&each)) {
      REQUIRE(out == nullptr);
      out = found;
    }
  return out;
}

inline kept_plan_ptr a_plan(const std::vector<std::uint16_t>& workers, double ms = 100) {
  auto p = plan_with_workers({"pi1", "pi2", "pi3"}, workers);
  p.predicted_ms = ms;
  return std::make_shared<const kept_plan>(kept_plan{p, key_of(p)});
}

inline request_book::inputs_ptr one_input() {
  return std::make_shared<const std::vector<host_tensor>>(
      std::vector<host_tensor>{{{1, 1, 2, 2}, element_type::f32, byte_vector(16)}});
}

struct book_kit {
  plan_cache plans{"pi1"};
  request_book book{"pi1", 1, plans};
  manifest model = nothing_model();

  request_id accept(std::uint64_t client = 0) {
    infer_request ask;
    ask.model = "nothing";
    return book.accept(ask, one_input(), accepted_at, client);
  }

  request_todo begun(request_id id) { return book.begin(id, "identity", model.model); }

  /// A request that runs by this plan; its run.
  std::uint64_t running(request_id& id, const kept_plan_ptr& by) {
    id = accept();
    const auto first = begun(id);
    const auto* wanted = only<acts::find_plan>(first);
    REQUIRE(wanted);
    const auto next = book.planned(id, wanted->attempt, by, accepted_at);
    const auto* start = only<acts::start_run>(next);
    REQUIRE(start);
    return start->order.id;
  }
};

}  // namespace bramble::test
