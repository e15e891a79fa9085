#pragma once

#include <functional>

#include "actors/requests/requester.hpp"

/// The requester's plans: which it has, where new ones come from, and when they are given up.
/// Called by that actor alone.
namespace bramble {

std::chrono::milliseconds elapsed(requester_pointer self,
                                  std::chrono::steady_clock::time_point since);

/// Key of `requester_state::plans`.
std::string cache_key(const plan_query& query);

/// What is asked for this request while nothing has failed.
plan_query query_of(const request_job& job);

/// The links to those of `names` that are connected.
std::map<std::string, peer_link_actor> links_to(const requester_state& state,
                                                const std::vector<std::string>& names);

/// Gives up this plan, or all on this node, for that reason.
void retire_plan(requester_pointer self, std::uint64_t which, const std::string& why);
void retire_plans_with(requester_pointer self, const std::string& node, const std::string& why);

/// Plans go without nodes that were silent until they answer again, and without one of two that did
/// not reach each other until they do.
void avoid(requester_pointer self, const std::set<std::string>& silent);
void avoid_cut(requester_pointer self, const std::set<cut_pair>& cut);
void recheck_silent(requester_pointer self);

/// Asks the coordinator whether the kept plan is still right, if that was not asked just now: after
/// every request, and of a provisional plan also while nobody asks anything, ever more rarely. A
/// better one is for the next request; those that run finish on theirs.
void review_plan(requester_pointer self, plan_query query);
/// The time for the latter has come for the plan that `query` reviews, for the so manieth time.
void complete_plan(requester_pointer self, const plan_query& query, std::uint32_t looks);

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

/// Has the plan made for a later request, unless that is under way.
void plan_once(requester_pointer self, const plan_query& query);

/// A member came or went: what was planned for the old shelf is planned again, at once for requests
/// that are under way when one came, so that it takes part in the next.
void use_directory(requester_pointer self, const directory_ptr& peers);

}  // namespace bramble
