#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "console/inference.hpp"

namespace bramble {

struct bench_order {
  std::string model;
  std::vector<std::string> methods;  ///< "one" first when it is among them
  std::size_t runs = 5;
  std::chrono::seconds length{0};  ///< not 0: rounds go on for so long, whatever `runs` says
  wire_type wire = wire_type::fp32;
  std::vector<host_tensor> inputs;
};

/// One timed run. Plans may change between two of them.
struct bench_sample {
  double ended_ms = 0;  ///< of Unix time, so that several clients' runs can be put side by side
  double latency_ms = 0;
  double predicted_ms = 0;
  std::uint64_t epoch = 0;
  std::uint32_t attempts = 1;
};

struct method_result {
  std::string method;
  std::vector<bench_sample> samples;  ///< in the order they were run
  plan used;                          ///< the newest
  std::uint64_t bytes = 0;
  std::string sha256;
  double max_rel_diff = 0;  ///< against "one" (the first method when that was not asked for)
  bool stable = true;       ///< every run gave the same bytes

  /// What the plans of the timed runs promised: the median.
  double predicted_ms() const;
  /// Measured over predicted; 0 without either.
  double measured_over_predicted() const;
  /// Of the latencies.
  double percentile(double share) const;
  double median_ms() const { return percentile(0.5); }
};

struct bench_result {
  bench_order order;
  cluster_status shelf;
  double macs = 0;
  std::vector<method_result> methods;

  std::size_t runs() const;     ///< of each method, timed
  double rate_mbit() const;     ///< the slowest measured link; 0 with one node
  double mac_per_byte() const;  ///< of an average node on that link; 0 with one node
  double speedup(const method_result& of) const;  ///< over "one"; 0 when it was not run
};

/// Runs every method once to warm up, then all of them in alternation, so that what disturbs the
/// machine disturbs them alike. `progress` hears a line per round.
bench_result run_bench(node_client& client, const bench_order& order,
                       const std::function<void(const std::string&)>& progress);

/// A report for people, and in the stable form {"shelf","model","macs","wire","runs","methods"}.
std::string describe(const bench_result& result);
nlohmann::json to_json(const bench_result& result);

}  // namespace bramble
