#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "actors/protocol/load_report.hpp"
#include "model/plan/method_pins.hpp"
#include "model/plan/plan.hpp"

namespace bramble {

/// A plan by which a host works, and how it has done. Milliseconds are medians of the last
/// defaults::plan_log_runs requests, 0 where none was answered yet; measured ones are without what
/// a request waited for others, so that figures of busy and of quiet times compare.
struct live_plan {
  plan p;
  std::string why;  ///< it took the place of another, without its full stop; empty: it did not
  double in_use_s = 0;
  std::uint64_t runs = 0;
  double measured_ms = 0;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(p, why, in_use_s, runs, measured_ms);
  }
};

/// A host went from one plan to another.
struct plan_switch {
  std::string model;
  std::string method;
  std::uint64_t from_epoch = 0;
  std::uint64_t to_epoch = 0;
  std::string why;  ///< without its full stop
  double seconds_ago = 0;
  double predicted_before_ms = 0;
  double measured_before_ms = 0;
  double predicted_after_ms = 0;
  double measured_after_ms = 0;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(model, method, from_epoch, to_epoch, why, seconds_ago, predicted_before_ms,
            measured_before_ms, predicted_after_ms, measured_after_ms);
  }
};

/// What `bramble plan --live` shows of one host.
struct live_report {
  std::string host;
  std::vector<live_plan> plans;
  std::vector<plan_switch> switches;  ///< oldest first
  std::vector<model_load> loads;
  std::vector<load_way> ways;  ///< of a coordinator
  std::vector<method_pin> pins = {};

  template <class Archive>
  void serialize(Archive& archive) {
    archive(host, plans, switches, loads, ways, pins);
  }
};

/// A plan that was made anew, by hand. Milliseconds as in `plan_switch`.
struct replanned {
  std::string method;
  std::vector<std::string> team;  ///< it is for these alone; empty: for all
  std::uint64_t from_epoch = 0;
  std::uint64_t to_epoch = 0;  ///< 0: none was made, see `why`; the old one stays in use
  double predicted_before_ms = 0;
  double measured_before_ms = 0;
  double predicted_after_ms = 0;
  std::string why;  ///< without its full stop

  template <class Archive>
  void serialize(Archive& archive) {
    archive(method, team, from_epoch, to_epoch, predicted_before_ms, measured_before_ms,
            predicted_after_ms, why);
  }
};

/// What came of it on one host.
struct replan_report {
  std::string host;
  std::vector<replanned> plans;  ///< none: it had none of that model in use

  template <class Archive>
  void serialize(Archive& archive) {
    archive(host, plans);
  }
};

}  // namespace bramble
