#pragma once

#include <memory>
#include <string>
#include <vector>

#include "actors/internal/actors.hpp"

namespace bramble::test {

inline hello hello_of(const std::string& name) {
  return {hello::current_protocol, "cluster", name, "1"};
}

/// What the other side does; a test changes it while actors run.
struct remote_script {
  int refusals = 0;
  int dials = 0;
  int knocks = 0;
  hello me = hello_of("pi2");
  bool silent = false;
  node_actor node;
  std::vector<std::vector<std::string>> sought;
  introduction introduced;
};
using script_ptr = std::shared_ptr<remote_script>;

/// Says of itself what the script does, answers for the rest what a node would.
inline node_actor::behavior_type remote_node(node_actor::pointer self, script_ptr script) {
  // Promises that are dropped would answer; these are kept.
  auto kept = std::make_shared<std::vector<caf::typed_response_promise<gossip>>>();
  return {
      [=](hello_atom, const hello&) { return script->me; },
      [=](introduce_atom, const introduction& peer, const caf::strong_actor_ptr&) {
        script->introduced = peer;
        return script->me;
      },
      [=](gossip_atom, const gossip& news) {
        auto promise = self->make_response_promise<gossip>();
        if (script->silent)
          kept->push_back(promise);
        else
          promise.deliver(news);
        return promise;
      },
      [](status_atom) { return cluster_status{}; },
      [](actors_atom) { return actor_list{}; },
      [](events_atom, const event_query&) { return event_list{}; },
      [](requests_atom) { return request_list{}; },
      [](log_atom, const log_query&) { return log_list{}; },
      [](describe_atom, const std::string&) { return model_description{}; },
      [](plan_atom, const plan_query&) { return plan{}; },
      [](infer_atom, const infer_request&) { return infer_reply{}; },
      [](part_atom, const tensor_part&) { return std::uint64_t{}; },
      [](output_atom, std::uint64_t) { return tensor_part{}; },
      [=](prepare_atom, const prepare_request&) {
        capacity_report out;
        out.node = script->me.name;
        out.gmacs = 6;
        out.memory_mb = 1000;
        return out;
      },
      [](install_atom, const plan&) { return std::uint64_t{7}; },
      [](abort_atom, std::uint64_t) {},
      [](change_atom, const runtime_override&) { return std::string{}; },
      [](probe_atom, const std::string& towards) {
        probe_report out;
        out.node = towards;
        return out;
      },
      [](live_atom) { return live_report{}; },
      [](replan_atom, const std::string&) { return replan_report{}; },
      [](tap_atom, const tap_query&) { return tap_report{}; },
      [](hand_atom, const hand_message&) { return hand_reply{}; },
      [](trace_atom, const trace_query&) { return run_trace{}; },
      [](clock_atom) { return clock_reading{}; },
      [](renew_atom, const renewal_request&) { return renewal{}; },
      [](examine_atom, const std::string&) { return examination{}; },
      [](reach_atom, const node_names& whom) { return whom; },
      [](turn_atom, const turn_query&) { return turn{}; },
      [](turn_end_atom, const turn_end&) {},
      [](failed_atom, const run_failure&) {},
  };
}

}  // namespace bramble::test
