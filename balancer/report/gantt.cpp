#include <algorithm>

#include "balancer/report/svg.hpp"
#include "balancer/simulate/timeline.hpp"
#include "config/format.hpp"
#include "config/parse.hpp"
#include "model/graph/structure.hpp"

namespace bramble {
namespace {

constexpr double width = 1200, left = 150, right = 30, top = 96, lane = 46, bottom = 54;
constexpr const char* compute_colours[] = {"#2f6fae", "#6fa8dc"};  // stretches in turn
constexpr const char* send_colour = "#e69138";
constexpr const char* wait_colour = "#eceff1";
constexpr const char* critical_colour = "#c0392b";

class gantt {
 public:
  gantt(const timeline& t, const plan& p, const cost_model& cost)
      : t_{t},
        plan_{p},
        drawing_{width, top + lane * static_cast<double>(p.nodes.size()) + bottom},
        stretch_of_(cost.model().ops.size()) {
    double least = 0, most = 0;
    for (std::size_t a = 0; a < p.nodes.size(); ++a)
      for (std::size_t b = 0; b < p.nodes.size(); ++b)
        if (a != b) {
          least = least == 0 ? cost.mbit(a, b) : std::min(least, cost.mbit(a, b));
          most = std::max(most, cost.mbit(a, b));
        }
    links_ =
        most == 0
            ? "no links"
            : "links of " +
                  (format_mbit(least) == format_mbit(most) ? "" : format_mbit(least) + " to ") +
                  format_mbit(most) + " Mbit/s";
    const auto stretches = stretches_of(cost.model());
    for (std::size_t i = 0; i < stretches.size(); ++i)
      for (auto op = stretches[i].first; op < stretches[i].last; ++op) stretch_of_[op] = i;
  }

  std::string run() {
    title();
    axis();
    for (std::size_t n = 0; n < plan_.nodes.size(); ++n) row(n);
    critical();
    return drawing_.finish();
  }

 private:
  double x(double ms) const {
    return left + ms / std::max(t_.run.makespan_ms, 1e-9) * (width - left - right);
  }
  double y(std::size_t node) const { return top + lane * static_cast<double>(node); }
  double foot() const { return y(plan_.nodes.size()); }

  void title() {
    drawing_.text(20, 28,
                  plan_.model + " on a shelf of " + std::to_string(plan_.nodes.size()) +
                      (plan_.nodes.size() == 1 ? " node" : " nodes") + ", " +
                      std::to_string(workers(plan_).size()) + " of which work; method " +
                      plan_.method + ", host " + plan_.nodes[plan_.host] + ", " +
                      name_of(plan_.wire) + " on the wire",
                  {16, "start", "#111", true});
    drawing_.text(20, 50,
                  format_ms(plan_.predicted_ms) + " ms predicted, " + plan_.nodes[plan_.host] +
                      " alone " + format_ms(plan_.one_node_ms) + " ms; no plan takes less than " +
                      format_ms(plan_.lower_bound_ms) + " ms; " + links_,
                  {13, "start", "#333", false});
    double at = left;
    auto legend = [&](const char* colour, const char* what, double room) {
      drawing_.rectangle(at, 64, 14, 12, colour);
      drawing_.text(at + 20, 74, what);
      at += room;
    };
    legend(compute_colours[0], "computes (shades: stretches in turn)", 270);
    legend(send_colour, "sends", 80);
    legend(wait_colour, "waits", 80);
    drawing_.line(at, 70, at + 14, 70, critical_colour, 3);
    drawing_.text(at + 20, 74, "critical path");
    drawing_.line(at + 130, 64, at + 130, 76, "#555", 1.5, "4,2");
    drawing_.text(at + 138, 74, "lower bound");
  }

  void axis() {
    const auto step = nice_step(t_.run.makespan_ms, 10);
    for (int i = 0; i * step <= t_.run.makespan_ms * 1.0001; ++i) {
      const auto at = x(i * step);
      drawing_.line(at, top - 4, at, foot(), "#d5d8dc");
      drawing_.text(at, foot() + 18, tick(i * step), {12, "middle", "#222", false});
    }
    drawing_.line(left, foot(), width - right, foot(), "#222");
    drawing_.text((left + width - right) / 2, foot() + 40, "milliseconds since the input was there",
                  {12, "middle", "#222", false});
  }

  static std::string tick(double ms) {
    char text[32];
    std::snprintf(text, sizeof text, "%g", ms);
    return text;
  }

  void row(std::size_t n) {
    const auto& v = plan_.verdicts[n];
    drawing_.text(left - 10, y(n) + 17, plan_.nodes[n], {13, "end", "#111", true});
    char share[32];
    std::snprintf(share, sizeof share, "busy %.0f %%",
                  t_.run.busy_ms[n] / std::max(t_.run.makespan_ms, 1e-9) * 100);
    drawing_.text(left - 10, y(n) + 33, v.in || v.bytes_out > 0 ? share : "left out",
                  {11, "end", "#555", false});
    if (!v.in && v.bytes_out == 0) {
      drawing_.text(left + 8, y(n) + 24, v.reason, {12, "start", "#555", false});
      return;
    }
    drawing_.rectangle(left, y(n) + 4, width - left - right, lane - 18, wait_colour);
    bars(n, timeline_event::kind_t::compute, y(n) + 4, lane - 18);
    bars(n, timeline_event::kind_t::send, y(n) + lane - 12, 6);
  }

  /// Neighbours of one colour become one bar: thousands of slivers show nothing more.
  void bars(std::size_t n, timeline_event::kind_t kind, double at, double height) {
    double begin = 0, end = -1;
    std::string colour;
    auto flush = [&] {
      if (end > begin)
        drawing_.rectangle(x(begin), at, std::max(x(end) - x(begin), 0.4), height, colour,
                           format_ms(begin) + " to " + format_ms(end) + " ms");
    };
    for (const auto& event : t_.run.events) {
      if (event.kind != kind || event.node != n) continue;
      const std::string next =
          kind == timeline_event::kind_t::send
              ? send_colour
              : compute_colours[stretch_of_[t_.prog.nodes[n].steps[event.index].op] % 2];
      if (next != colour || x(event.begin_ms) - x(end) > 0.3) {
        flush();
        begin = event.begin_ms;
        colour = next;
      }
      end = event.end_ms;
    }
    flush();
  }

  void critical() {
    for (auto i : t_.critical) {
      const auto& event = t_.run.events[i];
      const bool computes = event.kind == timeline_event::kind_t::compute;
      const auto at = y(event.node) + (computes ? 3 : lane - 4);
      drawing_.line(x(event.begin_ms), at, x(event.end_ms), at, critical_colour, 2.5);
    }
    const auto bound = x(std::min(plan_.lower_bound_ms, t_.run.makespan_ms));
    drawing_.line(bound, top - 4, bound, foot(), "#555", 1.5, "4,2");
  }

  const timeline& t_;
  const plan& plan_;
  svg_drawing drawing_;
  std::string links_;
  std::vector<std::size_t> stretch_of_;  // by op
};

}  // namespace

std::string gantt_svg(const timeline& t, const plan& p, const cost_model& cost) {
  return gantt{t, p, cost}.run();
}

}  // namespace bramble
