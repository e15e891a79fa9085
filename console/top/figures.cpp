#include "console/top/figures.hpp"

#include <algorithm>

#include "config/defaults_top.hpp"
#include "config/format.hpp"
#include "console/top/history.hpp"

namespace bramble {
namespace {

/// What a request by this plan takes of a node, ms.
double busy_ms(const plan& p, const std::string& node) {
  for (std::size_t n = 0; n < p.nodes.size() && n < p.verdicts.size(); ++n)
    if (p.nodes[n] == node) return p.verdicts[n].busy_ms;
  return 0;
}

/// Of a host's plans for one model, requests that come now take the newest.
bool is_newest(const live_plan& one, const live_report& host) {
  return std::ranges::none_of(host.plans, [&](const live_plan& other) {
    return other.p.model == one.p.model && other.p.epoch > one.p.epoch;
  });
}

}  // namespace

node_speed speed_of(const node_status& node, const top_snapshot& now) {
  node_speed out{0, node.report.gmacs, false};
  if (!now.request) return out;
  const auto strip = std::ranges::find(now.request->nodes, node.name, &node_strip::node);
  if (strip == now.request->nodes.end()) return out;
  out.now = strip->gmacs;
  out.is_slow = strip->predicted_ms > 0 &&
                strip->measured_ms * defaults::top_slow_share > strip->predicted_ms;
  return out;
}

std::string text_of(const node_speed& speed) {
  const auto part = [](double gmacs) {
    return gmacs <= 0 ? std::string{"-"} : fixed(gmacs, gmacs < 100 ? 1 : 0);
  };
  return part(speed.now) + "/" + part(speed.of);
}

std::optional<double> load_of(const std::string& node, const top_snapshot& now) {
  std::optional<double> out;
  for (const auto& host : now.hosts) {
    out = out.value_or(0);
    for (const auto& each : host.plans)
      if (is_newest(each, host))
        *out +=
            requests_a_second(now.shelf, host.host, each.p.model) * busy_ms(each.p, node) / 1000;
  }
  if (out) out = std::min(*out, 1.0);
  return out;
}

std::optional<double> use_of(const link_report& link, const std::string& from,
                             const top_snapshot& now) {
  if (!now.request || link.mbit <= 0) return std::nullopt;
  const auto bytes = now.request->bytes.find({from, link.to});
  const auto rate = requests_a_second(now.shelf, now.request->host, now.request->model);
  if (bytes == now.request->bytes.end()) return 0;
  return std::min(1.0, rate * static_cast<double>(bytes->second) * 8 / (link.mbit * 1e6));
}

style look_of_share(double share) {
  if (share >= defaults::top_busy_share) return {.front = colour::red, .bold = true};
  if (share >= defaults::top_busy_share / 2) return {.front = colour::yellow};
  return share > 0 ? style{.front = colour::green} : style{};
}

style look_of_event(const std::string& kind) {
  if (kind == "failed") return {.front = colour::red, .bold = true};
  if (kind == "warning" || kind == "device" || kind == "left") return {.front = colour::yellow};
  if (kind == "plan") return {.front = colour::cyan};
  if (kind == "joined") return {.front = colour::green};
  return {};
}

}  // namespace bramble
