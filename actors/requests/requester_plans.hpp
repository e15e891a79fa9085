#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "actors/requests/requester.hpp"

/// Where the requester's plans come from: it asks for what its plan_cache says, and tells that what
/// came. Called by that actor alone.
namespace bramble {

/// Arranges for silent nodes to be asked again, where there are any and nobody does.
void recheck_later(requester_pointer self);
void recheck_silent(requester_pointer self);

/// Asks the coordinator whether the kept plan is still right, if that was not asked just now: after
/// every request, and of a provisional plan also while nobody asks anything, ever more rarely. A
/// better one is for the next request; those that run finish on theirs.
void review_plan(requester_pointer self, const plan_query& query);
/// The time for the latter has come.
void complete_plan(requester_pointer self, const completion& due);

/// Has the plans of this model made anew; those in use stay so until the new ones are there.
caf::result<replan_report> replan(requester_pointer self, const std::string& model);

/// What becomes of a plan that was asked for.
struct plan_reader {
  std::function<void(const kept_plan_ptr&)> use;
  std::function<void(const caf::error&)> fail;
};

/// The kept plan, or one from the coordinator; our own coordinator when the active one is out of
/// reach, does not answer, or cannot make one. Method "one" is this node's own business: nobody
/// else is asked for it.
void with_plan(requester_pointer self, plan_query query, std::set<std::string> suspects,
               const plan_reader& reader);

/// Who says whose turn it is: the active coordinator, or this node's own where that is out of
/// reach.
turn_giver turns_of(const requester_state& state);

/// Has the plan made for a later request, unless that is under way.
void plan_once(requester_pointer self, const plan_query& query);

/// A member came or went: what was planned for the old shelf is planned again, at once for requests
/// that are under way when one came, so that it takes part in the next.
void use_directory(requester_pointer self, const directory_ptr& peers);

}  // namespace bramble
