#include "actors/execution/run_recorder.hpp"

#include <algorithm>

#include "config/defaults_trace.hpp"

namespace bramble {

double run_recorder::ms_of(time_point at) {
  return std::chrono::duration<double, std::milli>(at.time_since_epoch()).count();
}

void run_recorder::recording::made(const step_result& done, time_point from, time_point until,
                                   const message_time& messages) {
  events_.push_back({trace_event::kind_t::piece, done.op, done.out, ms_of(from), ms_of(until),
                     messages.handling_ms, messages.encryption_ms});
}

void run_recorder::recording::sent(const std::vector<outbound>& sends, time_point at) {
  for (const auto& out : sends)
    events_.push_back({trace_event::kind_t::sent, out.transfer, {}, ms_of(at), ms_of(at), 0, 0});
}

void run_recorder::recording::received(std::uint32_t transfer, time_point at) {
  events_.push_back({trace_event::kind_t::received, transfer, {}, ms_of(at), ms_of(at), 0, 0});
}

void run_recorder::keep(recording&& done, std::uint64_t request, const std::string& node,
                        const plan& by, time_point ended) {
  kept_.push_back({request, node, ms_of(done.began_), ms_of(ended), by, std::move(done.events_)});
  if (kept_.size() > defaults::traces_kept) kept_.pop_front();
}

const run_trace* run_recorder::find(const trace_query& query, const std::string& node) const {
  const auto wanted = [&](const run_trace& each) {
    if (query.request != 0) return each.request == query.request;
    return each.by.identity == query.identity && each.by.nodes[each.by.host] == node;
  };
  const auto found = std::find_if(kept_.rbegin(), kept_.rend(), wanted);
  return found == kept_.rend() ? nullptr : &*found;
}

}  // namespace bramble
