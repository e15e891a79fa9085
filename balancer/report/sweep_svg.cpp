#include <algorithm>
#include <array>

#include "balancer/report/svg.hpp"
#include "balancer/report/sweep.hpp"
#include "config/format.hpp"
#include "config/parse.hpp"

namespace bramble {
namespace {

constexpr double width = 900, height = 560, left = 70, right = 190, top = 96, bottom = 60;
// Distinct in print and to the colour-blind.
constexpr std::array colours{"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                             "#e69f00", "#56b4e9", "#7f7f7f", "#000000"};

class plot {
 public:
  explicit plot(const sweep_result& result) : result_{result} {
    for (const auto& point : result.points) {
      most_ = std::max({most_, point.speedup(), point.ceiling()});
      last_ = std::max(last_, static_cast<double>(point.nodes));
    }
    first_ = std::min(last_, static_cast<double>(result.axes.nodes.front()));
  }

  std::string run() {
    title();
    axes();
    for (std::size_t r = 0; r < result_.axes.rate_mbit.size(); ++r) curve(r);
    return drawing_.finish();
  }

 private:
  double x(double nodes) const {
    const auto span = std::max(last_ - first_, 1.0);
    return left + (nodes - first_) / span * (width - left - right);
  }
  double y(double speedup) const {
    return height - bottom - speedup / (most_ * 1.05) * (height - top - bottom);
  }

  void title() {
    drawing_.text(20, 28,
                  result_.model + ": speed-up over devices and bandwidth, predicted (" +
                      result_.request.method + ", " + name_of(result_.request.wire) +
                      " on the wire)",
                  {16, "start", "#111", true});
    drawing_.text(20, 50,
                  "one node takes " + format_ms(result_.points.front().one_node_ms) +
                      " ms; dashed: what no plan can exceed (from the lower bound)",
                  {13, "start", "#333", false});
  }

  void axes() {
    const auto step = std::max(nice_step(most_, 8), 0.5);
    for (int i = 0; i * step <= most_ * 1.05; ++i) {
      drawing_.line(left, y(i * step), width - right, y(i * step), i == 0 ? "#222" : "#e2e5e8");
      drawing_.text(left - 10, y(i * step) + 4, format_number(i * step),
                    {12, "end", "#222", false});
    }
    const auto every = std::max(1.0, nice_step(last_ - first_ + 1, 16));
    for (const auto count : result_.axes.nodes) {
      const auto nodes = static_cast<double>(count);
      if (static_cast<long>(nodes - first_) % static_cast<long>(every) != 0) continue;
      drawing_.line(x(nodes), y(0), x(nodes), y(0) + 5, "#222");
      drawing_.text(x(nodes), y(0) + 20, std::to_string(count), {12, "middle", "#222", false});
    }
    drawing_.text((left + width - right) / 2, height - 14, "devices",
                  {13, "middle", "#222", false});
    drawing_.text(20, top - 18, "speed-up over one device", {13, "start", "#222", false});
    drawing_.line(left, y(1), width - right, y(1), "#999", 1, "2,3");
  }

  void curve(std::size_t r) {
    const std::string colour = colours[r % colours.size()];
    std::vector<std::pair<double, double>> reached, ceiling;
    const auto count = result_.axes.nodes.size();
    for (std::size_t n = 0; n < count; ++n) {
      const auto& point = result_.points[r * count + n];
      reached.emplace_back(x(static_cast<double>(point.nodes)), y(point.speedup()));
      ceiling.emplace_back(x(static_cast<double>(point.nodes)), y(point.ceiling()));
    }
    // Ceilings often coincide: dashes of different length leave each visible.
    drawing_.polyline(ceiling, colour, 1.4, std::to_string(4 + 3 * (r % 4)) + ",5");
    drawing_.polyline(reached, colour, 2.4);
    for (const auto& [at_x, at_y] : reached) drawing_.circle(at_x, at_y, 3.4, colour);
    // Fast networks on top, as their curves are.
    const auto place = static_cast<double>(result_.axes.rate_mbit.size() - 1 - r);
    const auto legend_y = top + 14 + 22 * place;
    drawing_.line(width - right + 24, legend_y - 4, width - right + 54, legend_y - 4, colour, 2.4);
    drawing_.circle(width - right + 39, legend_y - 4, 3.4, colour);
    drawing_.text(width - right + 62, legend_y,
                  format_number(result_.axes.rate_mbit[r]) + " Mbit/s");
  }

  const sweep_result& result_;
  svg_drawing drawing_{width, height};
  double most_ = 1, first_ = 1, last_ = 1;
};

}  // namespace

std::string sweep_svg(const sweep_result& result) {
  return plot{result}.run();
}

}  // namespace bramble
