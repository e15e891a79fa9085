#include "actors/planning/core/planning_book.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "actors/planning/core/plan_review.hpp"
#include "balancer/shelf/agreement.hpp"
#include "config/base/hash.hpp"
#include "config/defaults_balancer.hpp"
#include "config/format.hpp"
#include "model/graph/manifest.hpp"

namespace bramble {
namespace {

std::string key_of_query(const plan_query& query) {
  std::string key = query.identity + ' ' + query.host + ' ' + query.method + ' ' +
                    std::to_string(static_cast<int>(query.wire)) + (query.exact ? " exact" : "");
  for (const auto& name : query.team) key += " =" + name;
  for (const auto& name : query.suspects) key += " -" + name;
  return key;
}

/// What of these are under way: one that is to be made anew joins no review that may keep the old.
std::string round_key(const plan_query& query) {
  return key_of_query(query) + (query.anew ? " anew" : "");
}

std::string with_members(std::string key, const std::set<std::string>& members) {
  for (const auto& name : members) key += " +" + name;
  return key;
}

/// What the members told of themselves, by name.
shelf shelf_of(const std::string& host, std::vector<capacity_report>& ready) {
  std::ranges::sort(ready, {}, &capacity_report::node);
  shelf out;
  out.host = host;
  for (const auto& report : ready) {
    shelf_node node;
    node.name = report.node;
    node.gmacs = report.gmacs;
    node.memory_mb = report.memory_mb;
    node.nic_mbit = defaults::assumed_nic_mbit;
    node.table = report.table;
    node.messages = report.messages;
    out.nodes.push_back(std::move(node));
  }
  for (const auto& report : ready)
    for (const auto& link : report.links)
      add_measured_link(out, {report.node, link.to, link.mbit, link.rtt_ms});
  return out;
}

}  // namespace

/// Null where it has ended, or waits for something else.
planning_book::planning_round* planning_book::find(round_id round, stage_t stage) {
  const auto found = rounds_.find(round);
  return found == rounds_.end() || found->second.stage != stage ? nullptr : &found->second;
}

void planning_book::end(round_id round) {
  const auto found = rounds_.find(round);
  if (found == rounds_.end()) return;
  under_way_.erase(round_key(found->second.query));
  rounds_.erase(found);
}

void planning_book::use_members(std::set<std::string> connected, std::set<std::string> drained) {
  if (connected != connected_ || drained != drained_) plans_.clear();
  connected_ = std::move(connected);
  drained_ = std::move(drained);
}

/// Members that are not to work for others; the host works for itself.
std::set<std::string> planning_book::drained_for(const plan_query& query) const {
  auto out = drained_;
  out.erase(query.host);
  return out;
}

/// Everybody who could work on the query right now.
std::set<std::string> planning_book::candidates(const plan_query& query) const {
  auto out = connected_;
  for (const auto& name : query.suspects) out.erase(name);
  out.insert(self_);
  for (const auto& name : drained_for(query)) out.erase(name);
  const auto& team = query.team;
  std::erase_if(out, [&](const auto& name) {
    const bool works =
        query.method != "one" && (team.empty() || std::ranges::find(team, name) != team.end());
    return !works && name != query.host;
  });
  return out;
}

planning_book::begun planning_book::ask(const plan_query& query) {
  const auto key = key_of_query(query);
  auto members = candidates(query);
  auto* kept = plans_.find(with_members(key, members));
  // A review of a plan that is not, or no longer, the newest is answered with that one.
  const bool review = kept && (query.anew || query.reviews == key_of(*kept));
  // Somebody else may find ready who was not.
  if (kept && kept->provisional && !review) kept = nullptr;
  if (const auto busy = under_way_.find(round_key(query)); busy != under_way_.end())
    return {busy->second, std::nullopt};
  const auto round = ++last_;
  if (rounds_.size() >= defaults::planning_rounds)
    return {round,
            give_up(round, self_ + " makes " + std::to_string(rounds_.size()) + " plans already.")};
  auto& task = rounds_[round];
  under_way_[round_key(query)] = round;
  task.query = query;
  task.members = members;
  if (review) task.current = *kept;
  if (kept && !review) {
    // Nodes may have dropped its kernels for those of later plans; where they have not, this is a
    // round trip.
    task.result = *kept;
    return {round, install(round, task)};
  }
  if (members.empty())
    return {round, give_up(round, "The host " + query.host + " is not a member of the cluster.")};
  members.erase(self_);
  return {round, planning_actions::look_at_members{round, std::move(members)}};
}

planning_step planning_book::found_silent(round_id round, const std::set<std::string>& silent) {
  auto* task = find(round, stage_t::look);
  if (!task) return std::nullopt;
  task->stage = stage_t::collect;
  const auto& query = task->query;
  if (const auto* known = models_.find(query.identity)) task->model = *known;
  planning_actions::prepare_members next{round, {}};
  for (const auto& name : task->members) {
    if (silent.count(name) != 0)
      task->left_out[name] = "It does not answer.";
    else
      next.members[name] = {query.identity, query.model, query.host,
                            name == query.host && !task->model};
  }
  task->outstanding = next.members.size();
  if (next.members.empty()) return think(round, *task);
  return next;
}

/// The graph of a model that is new here, as its host sent it.
void planning_book::learn_model(planning_round& task, const capacity_report& report) {
  const auto& query = task.query;
  if (!report.manifest.empty() && !models_.contains(query.identity)) {
    if (sha256_hex(report.manifest) != query.identity)
      throw user_error("It sent another manifest than that of " + query.model + ".");
    models_[query.identity] = std::make_shared<const graph>(
        decode_manifest(report.manifest, "the manifest from " + report.node).model);
  }
  if (const auto* known = models_.find(query.identity)) task.model = *known;
}

planning_step planning_book::reported(round_id round, const std::string& member,
                                      capacity_report report) {
  auto* task = find(round, stage_t::collect);
  if (!task) return std::nullopt;
  try {
    learn_model(*task, report);
    report.manifest.clear();
    std::erase_if(task->ready, [&](const auto& known) { return known.node == report.node; });
    task->ready.push_back(std::move(report));
  } catch (const user_error& e) {
    task->left_out[member] = e.what();
  }
  if (--task->outstanding > 0) return std::nullopt;
  return agree_or_think(round, *task);
}

planning_step planning_book::not_ready(round_id round, const std::string& member,
                                       const std::string& why) {
  auto* task = find(round, stage_t::collect);
  if (!task) return std::nullopt;
  // Who cannot compute otherwise goes on as it told before.
  if (!task->agrees) task->left_out[member] = why;
  if (--task->outstanding > 0) return std::nullopt;
  return agree_or_think(round, *task);
}

/// All have told what they can do: has anybody to be asked to compute as the others do? Once, as it
/// remembers what it chose.
planning_step planning_book::agree_or_think(round_id round, planning_round& task) {
  if (std::exchange(task.agrees, true)) return think(round, task);
  const auto& query = task.query;
  std::vector<measured_node> nodes;
  for (const auto& each : task.ready) nodes.push_back({each.node, each.processor, &each.table});
  planning_actions::prepare_members next{round, {}};
  for (auto& [name, kernels] : kernels_to_agree_on(query.host, nodes)) {
    auto& asked = asked_to_agree_[name + ' ' + query.identity + ' ' + sha256_hex(encode(kernels))];
    if (std::exchange(asked, true)) continue;
    next.members[name] = {query.identity, query.model, query.host, false, std::move(kernels)};
  }
  if (next.members.empty()) return think(round, task);
  task.outstanding = next.members.size();
  return next;
}

planning_action planning_book::think(round_id round, planning_round& task) {
  const auto& query = task.query;
  if (std::ranges::count(task.ready, query.host, &capacity_report::node) == 0) {
    const auto why = task.left_out.find(query.host);
    return give_up(round, why == task.left_out.end()
                              ? "The host " + query.host + " is not a member of the cluster."
                              : query.host + ": " + why->second);
  }
  if (!task.model) return give_up(round, query.host + " did not send the manifest of its model.");
  auto question = std::make_shared<planning_question>();
  question->model = task.model;
  question->devices = shelf_of(query.host, task.ready);
  question->method = query.method;
  question->wire = query.wire;
  question->exact = query.exact;
  for (const auto& name : query.team)
    if (question->devices.has(name)) question->team.push_back(name);
  if (question->team.empty() && !query.team.empty()) question->team = {query.host};
  question->current = task.current;
  auto& review = reviews_[key_of_query(query)];
  if (task.current) {
    task.completes =
        task.current->provisional && somebody_came(review.planned_for, question->devices);
    // The other methods are there to compare with: they are made once.
    question->only_predict =
        !task.completes && !query.anew &&
        ((query.method != "bramble" && query.method != "pipeline") ||
         (!review.history.waits() && !has_changed(review.planned_for, question->devices)));
  } else {
    review = {question->devices, question->devices, {}};
  }
  question->made_for = review.made_for;
  task.stage = stage_t::think;
  task.question = question;
  return planning_actions::think{round, std::move(question)};
}

planning_step planning_book::thought(round_id round, const planning_answer& answer,
                                     time_point now) {
  auto* task = find(round, stage_t::think);
  if (!task) return std::nullopt;
  if (task->question->only_predict) return keep(round, *task, answer.current_ms);
  auto& result = task->result;
  result = answer.made;
  result.epoch = ++epoch_;
  result.identity = task->query.identity;
  result.model = task->query.model;
  result.provisional = !task->left_out.empty();
  for (const auto& [node, why] : task->left_out) leave_out(result, node, why);
  for (const auto& node : task->query.suspects)
    if (connected_.count(node) != 0)
      leave_out(result, node, "It did not answer its host, or failed under a request of it.");
  for (const auto& node : drained_for(task->query)) {
    if (works(result, node)) return give_up(round, node + " was drained while planning.");
    leave_out(result, node, "It is drained; `bramble resume " + node + "`.");
  }
  return task->current ? judge(round, *task, answer, now) : install(round, *task);
}

planning_step planning_book::not_thought(round_id round, const std::string& why) {
  if (!find(round, stage_t::think)) return std::nullopt;
  return give_up(round, why);
}

/// The candidate is there: does it take over?
planning_action planning_book::judge(round_id round, planning_round& task,
                                     const planning_answer& answer, time_point now) {
  if (task.completes) return replace(round, task, answer, "it was made without them");
  if (task.query.anew) {
    auto known = answer;
    known.cause = "asked for by hand" + (answer.cause.empty() ? "" : "; " + answer.cause) +
                  "; the one before takes " + format_ms(answer.current_ms) +
                  " ms by the figures of now";
    return replace(round, task, known, "asked for by hand");
  }
  const auto& devices = task.question->devices;
  auto& review = reviews_[key_of_query(task.query)];
  policy_input input;
  input.now = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch());
  input.moved = has_moved(review.planned_for, devices);
  const bool flows = task.result.method == "pipeline";
  input.current = outlook_of(*task.current, flows ? answer.current_interval_ms : answer.current_ms);
  input.candidate =
      outlook_of(task.result, flows ? answer.made_interval_ms : task.result.predicted_ms);
  for (const auto& node : task.current->nodes)
    if (!devices.has(node)) input.unavailable.push_back(node);
  policy_decision decision;
  try {
    decision = decide(input, review.history);
  } catch (const user_error& e) {
    spdlog::warn("plan {} is kept: {}", task.current->epoch, e.what());
    return keep(round, task, answer.current_ms);
  }
  spdlog::debug("plan {} reviewed: {}", task.current->epoch, decision.why);
  if (decision.kind != policy_decision::kind_t::change) {
    // Looked at again until it is confirmed, or the facts are those of the plan again.
    if (!review.history.waits()) review.planned_for = devices;
    tell(tell_, "review", task.current->model,
         "plan " + std::to_string(task.current->epoch) + " of " + task.current->model + " for " +
             task.query.host + " is kept: " + decision.why + " (it takes " +
             format_ms(answer.current_ms) + " ms by the figures of now, another would take " +
             format_ms(task.result.predicted_ms) + ")");
    return keep(round, task, answer.current_ms);
  }
  return replace(round, task, answer, decision.why);
}

/// The candidate takes over.
planning_action planning_book::replace(round_id round, planning_round& task,
                                       const planning_answer& answer, const std::string& reason) {
  auto& review = reviews_[key_of_query(task.query)];
  task.result.why = answer.cause.empty() ? reason : answer.cause;
  spdlog::info("plan {} is replaced: {} ({})", task.current->epoch, task.result.why, reason);
  review.planned_for = task.question->devices;
  review.made_for = task.question->devices;
  return install(round, task);
}

/// The host goes on with its plan, and knows what that takes by now.
planning_action planning_book::keep(round_id round, planning_round& task, double current_ms) {
  auto current = std::move(*task.current);
  if (current_ms > 0) current.predicted_ms = current_ms;
  auto* kept = plans_.find(with_members(key_of_query(task.query), task.members));
  if (kept && key_of(*kept) == key_of(current)) kept->predicted_ms = current.predicted_ms;
  end(round);
  return planning_actions::give_out{round, std::move(current)};
}

planning_action planning_book::install(round_id round, planning_round& task) {
  planning_actions::install_plan next{round, task.result, {}};
  for (const auto i : participants(task.result)) {
    const auto& name = task.result.nodes[i];
    if (name != self_ && connected_.count(name) == 0)
      return give_up(round, "The connection to " + name + " was lost while planning.", name);
    next.nodes.push_back(name);
  }
  task.stage = stage_t::install;
  task.outstanding = next.nodes.size();
  return next;
}

planning_step planning_book::installed(round_id round) {
  auto* task = find(round, stage_t::install);
  if (!task || --task->outstanding > 0) return std::nullopt;
  return finish(round, *task);
}

planning_action planning_book::finish(round_id round, const planning_round& task) {
  const auto& p = task.result;
  spdlog::info("plan {} of {} for {}: {}, predicted {:.1f} ms, one node {:.1f} ms", p.epoch,
               p.model, task.query.host, p.method, p.predicted_ms, p.one_node_ms);
  // Of those who were here when it was asked for: who came since is not in it.
  plans_[with_members(key_of_query(task.query), task.members)] = p;
  planning_actions::give_out out{round, p};
  end(round);
  return out;
}

planning_step planning_book::not_installed(round_id round, const std::string& node,
                                           const std::string& why) {
  // Only the first failure counts; the host will ask again without that node.
  if (!find(round, stage_t::install)) return std::nullopt;
  return give_up(round, node + " could not install the plan: " + why, node);
}

planning_question_ptr planning_book::facts_for(const plan_query& query) {
  const auto* review = reviews_.find(key_of_query(query));
  const auto* model = models_.find(query.identity);
  if (!review || !model) return nullptr;
  auto out = std::make_shared<planning_question>();
  out->model = *model;
  out->devices = review->planned_for;
  out->method = query.method;
  out->wire = query.wire;
  out->exact = query.exact;
  return out;
}

planning_action planning_book::give_up(round_id round, const std::string& why,
                                       const std::string& suspect) {
  planning_actions::give_up out{round, why, suspect};
  end(round);  // which may have had the names
  return out;
}

}  // namespace bramble
