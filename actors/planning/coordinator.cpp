#include "actors/planning/coordinator.hpp"

#include <spdlog/spdlog.h>

#include "actors/membership/liveness.hpp"
#include "actors/planning/plan_review.hpp"
#include "balancer/policy/cause_of_gain.hpp"
#include "balancer/search/predict.hpp"
#include "config/base/hash.hpp"
#include "config/defaults.hpp"
#include "model/graph/manifest.hpp"

namespace bramble {
namespace {

using coordinator_pointer = coordinator_actor::stateful_pointer<coordinator_state>;
using preparers = std::map<std::string, model_preparer>;

bool is_suspect(const plan_query& query, const std::string& node) {
  return std::find(query.suspects.begin(), query.suspects.end(), node) != query.suspects.end();
}

/// Members that are not to work for others; the host works for itself.
std::set<std::string> drained(const coordinator_state& state, const plan_query& query) {
  if (!state.peers) return {};
  auto out = state.peers->drained;
  out.erase(query.host);
  return out;
}

/// Everybody who could work on the query right now, this node and the host first.
preparers candidates(const coordinator_state& state, const plan_query& query) {
  preparers out;
  out.emplace(state.config.self, state.config.model_cache);
  if (state.peers)
    for (const auto& [name, link] : state.peers->links)
      if (!is_suspect(query, name)) out.emplace(name, link);
  for (const auto& name : drained(state, query)) out.erase(name);
  if (query.method == "one")
    for (auto each = out.begin(); each != out.end();)
      each = each->first == query.host ? std::next(each) : out.erase(each);
  return out;
}

std::string key_of_query(const plan_query& query) {
  std::string key = query.identity + ' ' + query.host + ' ' + query.method + ' ' +
                    std::to_string(static_cast<int>(query.wire));
  for (const auto& name : query.suspects) key += " -" + name;
  return key;
}

std::string with_members(std::string key, const preparers& members) {
  for (const auto& [name, member] : members) key += " +" + name;
  return key;
}

shelf make_shelf(const planning_task& task) {
  shelf out;
  out.host = task.query.host;
  for (const auto& report : task.ready) {
    shelf_node node;
    node.name = report.node;
    node.gmacs = report.gmacs;
    node.memory_mb = report.memory_mb;
    node.nic_mbit = defaults::assumed_nic_mbit;
    node.table = report.table;
    out.nodes.push_back(std::move(node));
  }
  for (const auto& report : task.ready)
    for (const auto& link : report.links)
      add_measured_link(out, {report.node, link.to, link.mbit, link.rtt_ms});
  return out;
}

void finish(coordinator_pointer self, const planning_task_ptr& task) {
  auto& state = self->state;
  const auto key = key_of_query(task->query);
  state.tasks.erase(key);
  const auto& p = task->result;
  spdlog::info("plan {} of {} for {}: {}, predicted {:.1f} ms, one node {:.1f} ms", p.epoch,
               p.model, task->query.host, p.method, p.predicted_ms, p.one_node_ms);
  state.plans[with_members(key, candidates(state, task->query))] = p;
  for (auto& promise : task->waiting) promise.deliver(p);
}

/// `suspect`: whom the next plan should do without; empty: nobody.
void give_up(coordinator_pointer self, const planning_task_ptr& task, const std::string& why,
             const std::string& suspect = "") {
  self->state.tasks.erase(key_of_query(task->query));
  for (auto& promise : task->waiting) promise.deliver(broken_run(why, suspect));
}

/// Has every node of the plan build its kernels; a plan is not given out before all have.
void install(coordinator_pointer self, const planning_task_ptr& task) {
  auto& state = self->state;
  const auto& p = task->result;
  std::vector<std::pair<std::string, plan_installer>> targets;
  for (const auto i : participants(p)) {
    if (p.nodes[i] == state.config.self) {
      targets.emplace_back(p.nodes[i], state.config.executor);
    } else if (const auto link = state.peers->links.find(p.nodes[i]);
               link != state.peers->links.end()) {
      targets.emplace_back(p.nodes[i], link->second);
    } else {
      return give_up(self, task, "The connection to " + p.nodes[i] + " was lost while planning.",
                     p.nodes[i]);
    }
  }
  task->outstanding = targets.size();
  for (const auto& [name, target] : targets) {
    self->request(target, defaults::install_timeout, install_atom_v, p)
        .then(
            [=](std::uint64_t) {
              if (--task->outstanding == 0) finish(self, task);
            },
            [=, node = name](caf::error& e) {
              // Only the first failure counts; the host will ask again without that node.
              if (task->outstanding == 0) return;
              task->outstanding = 0;
              give_up(self, task, node + " could not install the plan: " + sentence_of(e), node);
            });
  }
}

/// The host goes on with its plan, and knows what that takes by now.
void keep(coordinator_pointer self, const planning_task_ptr& task) {
  auto& state = self->state;
  state.tasks.erase(key_of_query(task->query));
  if (task->current_ms > 0) task->current->predicted_ms = task->current_ms;
  auto* kept =
      state.plans.find(with_members(key_of_query(task->query), candidates(state, task->query)));
  if (kept && key_of(*kept) == key_of(*task->current))
    kept->predicted_ms = task->current->predicted_ms;
  for (auto& promise : task->waiting) promise.deliver(*task->current);
}

std::chrono::milliseconds now_of(coordinator_pointer self) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
      self->clock().now().time_since_epoch());
}

/// The candidate takes over.
void replace(coordinator_pointer self, const planning_task_ptr& task, const std::string& reason) {
  auto& review = self->state.reviews[key_of_query(task->query)];
  task->result.why = task->cause.empty() ? reason : task->cause;
  spdlog::info("plan {} is replaced: {} ({})", task->current->epoch, task->result.why, reason);
  review.planned_for = task->devices;
  review.made_for = task->devices;
  install(self, task);
}

/// The candidate is there: does it take over?
void judge(coordinator_pointer self, const planning_task_ptr& task) {
  if (task->completes) return replace(self, task, "it was made without them");
  auto& review = self->state.reviews[key_of_query(task->query)];
  policy_input input;
  input.now = now_of(self);
  input.moved = has_moved(review.planned_for, task->devices);
  input.current = outlook_of(*task->current, task->current_ms);
  input.candidate = outlook_of(task->result, task->result.predicted_ms);
  for (const auto& node : task->current->nodes)
    if (!task->devices.has(node)) input.unavailable.push_back(node);
  policy_decision decision;
  try {
    decision = decide(input, review.history);
  } catch (const user_error& e) {
    spdlog::warn("plan {} is kept: {}", task->current->epoch, e.what());
    return keep(self, task);
  }
  spdlog::debug("plan {} reviewed: {}", task->current->epoch, decision.why);
  if (decision.kind != policy_decision::kind_t::change) {
    // Looked at again until it is confirmed, or the facts are those of the plan again.
    if (!review.history.waits()) review.planned_for = task->devices;
    return keep(self, task);
  }
  replace(self, task, decision.why);
}

void leave_out(plan& p, const std::string& node, const std::string& why) {
  // It may have been drained while the plan was made, which says itself what is to be said of it.
  if (std::find(p.nodes.begin(), p.nodes.end(), node) != p.nodes.end()) return;
  p.nodes.push_back(node);
  p.verdicts.push_back({false, "left out: " + why, 0, 0});
}

void think(coordinator_pointer self, const planning_task_ptr& task) {
  const auto host_ready =
      std::any_of(task->ready.begin(), task->ready.end(),
                  [&](const capacity_report& each) { return each.node == task->query.host; });
  if (!host_ready) {
    const auto why = task->left_out.find(task->query.host);
    return give_up(self, task,
                   why == task->left_out.end()
                       ? "The host " + task->query.host + " is not a member of the cluster."
                       : task->query.host + ": " + why->second);
  }
  if (!task->model)
    return give_up(self, task, task->query.host + " did not send the manifest of its model.");
  std::sort(task->ready.begin(), task->ready.end(),
            [](const auto& a, const auto& b) { return a.node < b.node; });
  task->devices = make_shelf(*task);
  auto& review = self->state.reviews[key_of_query(task->query)];
  task->completes = task->current && task->current->provisional &&
                    somebody_came(review.planned_for, task->devices);
  // The other methods are there to compare with: they are made once.
  task->only_predict =
      task->current && !task->completes &&
      (task->query.method != "bramble" ||
       (!review.history.waits() && !has_changed(review.planned_for, task->devices)));
  if (!task->current) review = {task->devices, task->devices, {}};
  task->made_for = review.made_for;
  self->request(self->state.config.planner, defaults::plan_timeout, make_plan_atom::value, task)
      .then(
          [=](const plan& made) {
            if (task->only_predict) return keep(self, task);
            task->result = made;
            task->result.epoch = ++self->state.epoch;
            task->result.identity = task->query.identity;
            task->result.model = task->query.model;
            task->result.provisional = !task->left_out.empty();
            for (const auto& [node, why] : task->left_out) leave_out(task->result, node, why);
            for (const auto& node : drained(self->state, task->query)) {
              if (works(task->result, node))
                return give_up(self, task, node + " was drained while planning.");
              leave_out(task->result, node, "It is drained; `bramble resume " + node + "`.");
            }
            if (task->current)
              judge(self, task);
            else
              install(self, task);
          },
          [=](caf::error& e) { give_up(self, task, sentence_of(e)); });
}

/// Goes on once every member has answered or failed to.
void settle(coordinator_pointer self, const planning_task_ptr& task) {
  if (--task->outstanding > 0) return;
  if (const auto* known = self->state.models.find(task->query.identity)) task->model = *known;
  think(self, task);
}

/// The graph of a model that is new here, as its host sent it.
void learn_model(coordinator_state& state, const plan_query& query, const capacity_report& report) {
  if (report.manifest.empty() || state.models.contains(query.identity)) return;
  if (sha256_hex(report.manifest) != query.identity)
    throw user_error("It sent another manifest than that of " + query.model + ".");
  state.models[query.identity] = std::make_shared<const graph>(
      decode_manifest(report.manifest, "the manifest from " + report.node).model);
}

void take_report(coordinator_pointer self, const planning_task_ptr& task, capacity_report report) {
  try {
    learn_model(self->state, task->query, report);
    report.manifest.clear();
    task->ready.push_back(std::move(report));
  } catch (const user_error& e) {
    task->left_out[report.node] = e.what();
  }
  settle(self, task);
}

/// Has every member get the model and tell what it can do; those that are silent are left out,
/// since getting a model ready may take minutes and nobody could tell the difference.
void prepare(coordinator_pointer self, const planning_task_ptr& task, const preparers& members,
             const std::set<std::string>& silent) {
  task->outstanding = members.size();
  const auto& query = task->query;
  // Kept by the task from now on: others may be learned meanwhile.
  if (const auto* known = self->state.models.find(query.identity)) task->model = *known;
  for (const auto& [name, member] : members) {
    if (silent.count(name) != 0) {
      task->left_out[name] = "It does not answer.";
      settle(self, task);
      continue;
    }
    self->request(member, defaults::prepare_timeout, prepare_atom_v,
                  prepare_request{query.identity, query.model, query.host,
                                  name == query.host && !task->model})
        .then([=](const capacity_report& report) { take_report(self, task, report); },
              [=, node = name](caf::error& e) {
                task->left_out[node] = sentence_of(e);
                settle(self, task);
              });
  }
}

caf::result<plan> answer(coordinator_pointer self, const plan_query& query) {
  auto& state = self->state;
  const auto key = key_of_query(query);
  const auto members = candidates(state, query);
  auto* kept = state.plans.find(with_members(key, members));
  // A review of a plan that is not, or no longer, the newest is answered with that one.
  const bool review = kept && query.reviews == key_of(*kept);
  // Somebody else may find ready who was not.
  if (kept && kept->provisional && !review) kept = nullptr;
  auto promise = self->make_response_promise<plan>();
  if (const auto busy = state.tasks.find(key); busy != state.tasks.end()) {
    busy->second->waiting.push_back(promise);
    return promise;
  }
  auto task = std::make_shared<planning_task>();
  task->query = query;
  if (review) task->current = *kept;
  task->waiting.push_back(promise);
  state.tasks.emplace(key, task);
  if (kept && !review) {
    // Nodes may have dropped its kernels for those of later plans; where they have not, this is a
    // round trip.
    task->result = *kept;
    install(self, task);
    return promise;
  }
  if (members.empty()) {
    give_up(self, task, "The host " + query.host + " is not a member of the cluster.");
    return promise;
  }
  std::map<std::string, peer_link_actor> others;
  if (state.peers)
    for (const auto& each : state.peers->links)
      if (members.count(each.first) != 0) others.insert(each);
  find_silent(self, others,
              [=](const std::set<std::string>& silent) { prepare(self, task, members, silent); });
  return promise;
}

/// A member that came back has lost its installed plans: everything made with it is made again.
void update(coordinator_state& state, const directory_ptr& peers) {
  if (!same_members(state.peers, peers)) state.plans.clear();
  state.peers = peers;
}

}  // namespace

coordinator_actor::behavior_type coordinator(coordinator_pointer self, coordinator_config config) {
  self->state.config = std::move(config);
  return {
      [=](plan_atom, const plan_query& query) { return answer(self, query); },
      [=](const directory_ptr& peers) { update(self->state, peers); },
      [=](detail_atom) -> std::string {
        const auto& state = self->state;
        const bool active = !state.peers || state.peers->coordinator == state.config.self;
        return (active ? std::string{"active"} : "standing by for " + state.peers->coordinator) +
               ", " + std::to_string(state.plans.size()) + " plans made, epoch " +
               std::to_string(state.epoch);
      },
  };
}

namespace {

/// What a plan takes on these devices; when they are not the same nodes any more, what it took.
double as_of(const planning_task& task, plan p, const shelf& devices) {
  p.nodes.resize(std::min(p.nodes.size(), devices.nodes.size()));
  p.verdicts.resize(p.nodes.size());
  for (std::size_t i = 0; i < devices.nodes.size(); ++i)
    if (i >= p.nodes.size() || p.nodes[i] != devices.nodes[i].name) return p.predicted_ms;
  for (const auto& each : p.pieces)
    if (each.node >= p.nodes.size()) return p.predicted_ms;
  const cost_model cost{*task.model, devices, task.query.wire};
  predict(cost, p);
  return p.predicted_ms;
}

/// Why `made` is better than the plan in use.
std::string cause_of(const planning_task& task, const plan& made) {
  return describe(causes_of_gain(task.made_for, task.devices, [&](const shelf& devices) {
    return as_of(task, *task.current, devices) - as_of(task, made, devices);
  }));
}

}  // namespace

planner_actor::behavior_type planner(planner_actor::stateful_pointer<planner_state>,
                                     double effort) {
  return {
      [=](make_plan_atom, const planning_task_ptr& task) -> caf::result<plan> {
        try {
          plan_request request;
          request.method = task->query.method;
          request.wire = task->query.wire;
          request.effort = effort;
          if (task->current) task->current_ms = as_of(*task, *task->current, task->devices);
          if (task->only_predict) return *task->current;
          auto made = make_plan(*task->model, task->devices, request);
          if (task->current) task->cause = cause_of(*task, made);
          return made;
        } catch (const std::exception& e) {
          return failure(e.what());
        }
      },
      [](detail_atom) -> std::string { return "waiting for a plan to make"; },
  };
}

}  // namespace bramble
