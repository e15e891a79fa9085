// What a host works on, for people.
#include "actors/requests/core/request_book.hpp"

namespace bramble {
namespace {

double seconds_of(std::chrono::steady_clock::duration time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

std::vector<open_request> request_book::list(time_point now) const {
  std::vector<open_request> out;
  for (const auto& [id, job] : open_) {
    if (job.reference) continue;  // nobody asked for it: it compares wires
    open_request one;
    one.id = id;
    one.model = job.ask.model;
    one.method = job.ask.method;
    one.state = job.run != 0           ? "runs"
                : job.waits            ? "awaits its turn"
                : job.planning != 0    ? "awaits a plan"
                : job.pauses           ? "pauses"
                : job.identity.empty() ? "finds its model"
                                       : "begins";
    one.age_s = seconds_of(now - job.began);
    one.run = job.run;
    if (job.run != 0) one.running_s = seconds_of(now - job.run_began);
    one.attempts = job.attempts;
    if (job.current) {
      one.epoch = job.current->p.epoch;
      one.predicted_ms = job.current->p.predicted_ms;
      one.nodes = names_of_workers(job.current->p);
    }
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace bramble
