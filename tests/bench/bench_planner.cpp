#include <benchmark/benchmark.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <ctime>

#include "balancer/bound/bound.hpp"
#include "balancer/search/planner.hpp"
#include "balancer/shelf/profile.hpp"
#include "config/defaults.hpp"
#include "tests/support/exhaustive.hpp"
#include "tests/support/inception_graph.hpp"
#include "tests/support/plan_gaps.hpp"
#include "tests/support/random_graph.hpp"

// Plan times (Google Benchmark), and the table of what plans promise: bench-planner --reach.

using namespace bramble;
using namespace bramble::test;

namespace {

double cpu_ms() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

const graph& inception() {
  static const auto g = inception_v4_graph();
  return g;
}

struct reach_case {
  const char* model;
  std::vector<double> gmacs;
  double mbit = 0;
  wire_type wire = wire_type::fp32;
  double goal = 0;  ///< speed-up; 0: none stated
};

std::vector<double> equal(std::size_t nodes, double gmacs) {
  return std::vector<double>(nodes, gmacs);
}

std::vector<reach_case> reach_cases() {
  const auto* inception = "inception_v4";
  const auto fp32 = wire_type::fp32, fp16 = wire_type::fp16;
  return {{inception, equal(4, 6), 940, fp32, 3.7},
          {inception, equal(4, 6), 300, fp32, 3.5},
          {inception, equal(4, 6), 100, fp32, 0},
          {inception, equal(4, 6), 100, fp16, 3.3},
          {inception, equal(4, 6), 50, fp32, 0},
          {inception, equal(4, 6), 50, fp16, 2.9},
          {inception, equal(8, 6), 940, fp32, 6.5},
          {inception, equal(8, 6), 100, fp16, 5.3},
          {inception, {6, 4.5, 3, 1.5}, 940, fp32, 2.25},
          {inception, equal(2, 78), 1000, fp32, 1.7},
          {inception, equal(32, 6), 940, fp32, 0},
          {"googlenet", equal(4, 6), 940, fp32, 3.2},
          {"resnet50", equal(4, 6), 940, fp32, 3.5},
          {"inception_v3", equal(4, 6), 940, fp32, 3.5},
          {"mobilenet_v2", equal(4, 6), 940, fp32, 0},
          {"mobilenet_v2", equal(4, 65), 100, fp32, 1.0}};
}

std::string text_of(const std::vector<double>& gmacs) {
  char text[64];
  if (std::count(gmacs.begin(), gmacs.end(), gmacs[0]) == static_cast<long>(gmacs.size())) {
    std::snprintf(text, sizeof text, "%zu x %g", gmacs.size(), gmacs[0]);
    return text;
  }
  std::string all;
  for (auto each : gmacs) {
    std::snprintf(text, sizeof text, all.empty() ? "%g" : "/%g", each);
    all += text;
  }
  return all;
}

struct scaled_model {
  graph model;
  shelf devices;
};

/// A model's profile in `folder`, on nodes of those rates.
scaled_model scaled_profile(const std::string& folder, const std::string& name,
                            const std::vector<double>& gmacs, double mbit) {
  const auto profile = read_profile(folder + "/" + name + "_dag.json");
  auto s = shelf_of(gmacs, mbit);
  for (auto& node : s.nodes) node.table = at_rate(profile.table, profile.model, node.gmacs);
  return {profile.model, s};
}

/// Every case on the profile of its model in `folder`, scaled to the rate; without a folder
/// Inception-v4 at rates alone.
void print_reach(double effort, const std::string& folder) {
  std::printf("%-13s %-11s %6s %4s | %8s %6s %5s | %8s %5s | %8s %8s\n", "model", "GMAC/s",
              "Mbit/s", "wire", "ms", "x", "goal", "bound ms", "gap", "plan ms", "CPU ms");
  for (const auto& c : reach_cases()) {
    if (folder.empty() && c.model != inception().name) continue;
    const auto [g, s] = folder.empty() ? scaled_model{inception(), shelf_of(c.gmacs, c.mbit)}
                                       : scaled_profile(folder, c.model, c.gmacs, c.mbit);
    const auto began = cpu_ms();
    const auto p = make_plan(g, s, {"bramble", c.wire, effort});
    const auto took = cpu_ms() - began;
    char goal[16] = "";
    if (c.goal > 0) std::snprintf(goal, sizeof goal, "%.2f", c.goal);
    std::printf("%-13s %-11s %6.0f %4s | %8.1f %6.2f %5s | %8.1f %4.0f%% | %8.1f %8.1f\n", c.model,
                text_of(c.gmacs).c_str(), c.mbit, name_of(c.wire), p.predicted_ms,
                p.one_node_ms / p.predicted_ms, goal, p.lower_bound_ms,
                (p.predicted_ms / p.lower_bound_ms - 1) * 100, p.plan_ms, took);
  }
}

/// The sweeps of all models, and what is in their gaps.
void print_all_gaps(double effort, wire_type wire, const std::string& folder) {
  for (const auto* name :
       {"inception_v4", "googlenet", "resnet50", "inception_v3", "mobilenet_v2"}) {
    const auto m = scaled_profile(folder, name, equal(8, defaults::sweep_gmacs), 940);
    print_gaps(m.model, m.devices, {"bramble", wire, effort});
  }
}

/// How far plans are from the best of all that exhaustive_search.hpp can try.
void print_exact(std::uint32_t cases, double effort) {
  std::vector<double> above;
  double bound = 0;  // the nearest that it comes to the best plan
  for (std::uint32_t seed = 1; seed <= cases; ++seed) {
    const auto c = exact_case{seed};
    const cost_model cost{c.g, c.s, wire_type::fp32};
    const auto ours = make_plan(c.g, c.s, {"bramble", wire_type::fp32, effort}).predicted_ms;
    const auto best = exhaustive_search{cost}.run(ours * (1 + 1e-9));
    above.push_back(ours / best - 1);
    bound = std::max(bound, lower_bound_ms(cost) / best);
    if (above.back() > 0.1) std::printf("case %u: %.1f %% above\n", seed, above.back() * 100);
  }
  std::sort(above.begin(), above.end());
  const auto within = std::upper_bound(above.begin(), above.end(), 0.02) - above.begin();
  std::printf(
      "%u random cases of up to 12 ops on up to 3 nodes: %.1f %% within 2 %% of the best or "
      "better, "
      "worst %.1f %% above; the lower bound at most %.3f of the best\n",
      cases, 100.0 * static_cast<double>(within) / cases, above.back() * 100, bound);
}

void time_plans(benchmark::State& state, const graph& g, std::size_t nodes) {
  const auto s = shelf_of(equal(nodes, 6), 940);
  plan p;
  while (state.KeepRunning()) benchmark::DoNotOptimize(p = make_plan(g, s, {}));
  state.counters["ops"] = static_cast<double>(g.ops.size());
  state.counters["x"] = p.one_node_ms / p.predicted_ms;
}

void plan_nodes(benchmark::State& state) {
  time_plans(state, inception(), static_cast<std::size_t>(state.range(0)));
}
// A plan is searched by several threads.
BENCHMARK(plan_nodes)
    ->Arg(2)
    ->Arg(4)
    ->Arg(8)
    ->Arg(16)
    ->Arg(32)
    ->MeasureProcessCPUTime()
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

/// Inception-v4's blocks so many quarters of their number, on four nodes.
void plan_depths(benchmark::State& state) {
  const auto quarters = static_cast<int>(state.range(0));
  auto blocks = [&](int all) { return (all * quarters + 3) / 4; };
  time_plans(state, inception_v4_graph({blocks(4), blocks(7), blocks(3)}), 4);
}
BENCHMARK(plan_depths)
    ->Arg(0)
    ->Arg(1)
    ->Arg(2)
    ->Arg(4)
    ->Arg(8)
    ->Arg(16)
    ->MeasureProcessCPUTime()
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  CLI::App app{"Plan times and what plans promise"};
  bool reach = false;
  double effort = 1;
  app.add_flag("--reach", reach, "print predicted speed-up, bound and gap for a list of shelves");
  app.add_option("--effort", effort, "of each plan, as a multiple of the usual");
  std::uint32_t exact = 0;
  app.add_option("--exact", exact, "compare so many random cases with exhaustive search");
  std::string profiles;
  app.add_option("--profiles", profiles, "folder of MODEL_dag.json: plan on measured times");
  bool gaps = false;
  app.add_flag("--gaps", gaps, "print what the gaps of the sweep are made of");
  bool half = false;
  app.add_flag("--fp16", half, "on the wire of those plans");
  CLI11_PARSE(app, argc, argv);
  if (gaps)
    print_all_gaps(effort, half ? wire_type::fp16 : wire_type::fp32, profiles);
  else if (exact > 0)
    print_exact(exact, effort);
  else if (reach)
    print_reach(effort, profiles);
  else
    benchmark::RunSpecifiedBenchmarks();
  return 0;
}
