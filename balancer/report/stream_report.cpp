#include <algorithm>
#include <cstdio>

#include "balancer/report/report.hpp"
#include "balancer/throughput/stream.hpp"
#include "config/format.hpp"

namespace bramble {
namespace {

std::string per_second(double rate) {
  return fixed(rate, rate < 9.995 ? 2 : 1);
}

std::string form_of(const plan& p) {
  if (p.method == "pipeline") return "one part of the model after another on ";
  return workers(p).size() == 1 ? "whole requests on " : "each request shared by ";
}

}  // namespace

std::string report_text(const stream_plan& p) {
  const auto& first = p.parts.front().how;
  std::string out = first.model + " for a stream of requests to " + first.nodes[first.host] + ", " +
                    name_of(first.wire) + " on the wire: " + per_second(p.per_second) +
                    " requests per second\n";
  out += first.nodes[first.host] + " alone does " + per_second(p.one_node_per_second) +
         ", no plan more than " + per_second(p.most_per_second) + "; a request takes up to " +
         format_ms(p.latency_ms) + " ms\n";
  for (const auto& part : p.parts)
    out += "  " + per_second(part.per_second) + " per second: " + form_of(part.how) +
           joined(names_of_workers(part.how)) + ", " + format_ms(part.how.predicted_ms) +
           " ms each\n";
  return out;
}

nlohmann::json report_json(const stream_plan& p) {
  auto parts = nlohmann::json::array();
  for (const auto& part : p.parts) {
    auto one = report_json(part.how);
    one["requests_per_second"] = part.per_second;
    one["share"] = part.per_second / p.per_second;
    parts.push_back(std::move(one));
  }
  return {{"objective", "throughput"},
          {"model", p.parts.front().how.model},
          {"wire", name_of(p.parts.front().how.wire)},
          {"requests_per_second", p.per_second},
          {"one_node_per_second", p.one_node_per_second},
          {"most_per_second", p.most_per_second},
          {"latency_ms", p.latency_ms},
          {"parts", parts}};
}

}  // namespace bramble
