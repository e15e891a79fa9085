#include <benchmark/benchmark.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <ctime>

#include "balancer/planner.hpp"
#include "tests/inception_graph.hpp"
#include "tests/random_graph.hpp"

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
  std::vector<double> gmacs;
  double mbit = 0;
  wire_type wire = wire_type::fp32;
  double goal = 0;  ///< speed-up; 0: none stated
};

void print_reach(double effort) {
  const auto equal = [](std::size_t nodes, double gmacs) {
    return std::vector<double>(nodes, gmacs);
  };
  const auto fp16 = wire_type::fp16;
  const std::vector<reach_case> cases{
      {equal(4, 6), 940, wire_type::fp32, 3.7},       {equal(4, 6), 300, wire_type::fp32, 3.5},
      {equal(4, 6), 100, wire_type::fp32, 0},         {equal(4, 6), 100, fp16, 3.3},
      {equal(4, 6), 50, wire_type::fp32, 0},          {equal(4, 6), 50, fp16, 2.9},
      {equal(8, 6), 940, wire_type::fp32, 6.5},       {equal(8, 6), 100, fp16, 5.3},
      {{6, 4.5, 3, 1.5}, 940, wire_type::fp32, 2.25}, {equal(2, 78), 1000, wire_type::fp32, 1.7},
      {equal(32, 6), 940, wire_type::fp32, 0}};
  std::printf("%-28s %6s %5s  %8s %5s %6s  %8s %5s  %7s\n", "GMAC/s", "Mbit/s", "wire", "ms", "x",
              "goal", "bound ms", "gap", "plan ms");
  for (const auto& c : cases) {
    const auto began = cpu_ms();
    const auto p = make_plan(inception(), shelf_of(c.gmacs, c.mbit), {"bramble", c.wire, effort});
    const auto took = cpu_ms() - began;
    std::string nodes = std::to_string(c.gmacs.size()) + " x " + std::to_string(c.gmacs[0]);
    std::printf("%-28s %6.0f %5s  %8.1f %5.2f %6.2f  %8.1f %4.0f%%  %7.1f\n", nodes.c_str(), c.mbit,
                c.wire == fp16 ? "fp16" : "fp32", p.predicted_ms, p.one_node_ms / p.predicted_ms,
                c.goal, p.lower_bound_ms, (p.predicted_ms / p.lower_bound_ms - 1) * 100, took);
  }
}

void plan_inception(benchmark::State& state) {
  const auto s = shelf_of(std::vector<double>(static_cast<std::size_t>(state.range(0)), 6), 940);
  for (auto _ : state) benchmark::DoNotOptimize(make_plan(inception(), s, {}));
}
BENCHMARK(plan_inception)->Arg(2)->Arg(4)->Arg(8)->Arg(16)->Arg(32)->Unit(benchmark::kMillisecond);

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  CLI::App app{"Plan times and what plans promise"};
  bool reach = false;
  double effort = 1;
  app.add_flag("--reach", reach, "print predicted speed-up, bound and gap for a list of shelves");
  app.add_option("--effort", effort, "of each plan, as a multiple of the usual");
  CLI11_PARSE(app, argc, argv);
  if (reach)
    print_reach(effort);
  else
    benchmark::RunSpecifiedBenchmarks();
  return 0;
}
