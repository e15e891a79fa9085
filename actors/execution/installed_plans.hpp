#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actors/protocol/status_report.hpp"
#include "balancer/devices/emulation.hpp"
#include "config/base/recent_map.hpp"
#include "config/defaults.hpp"
#include "model/plan/compute_engine.hpp"

namespace bramble {

/// A plan that was made ready on this node.
struct installed_plan {
  std::uint64_t key = 0;
  plan p;
  std::shared_ptr<const prepared_plan> prepared;  ///< null: made again when a request wants it
  double slowdown = 1;                            ///< of every piece
  /// How long they take instead, where a device is emulated by its description.
  std::shared_ptr<const emulated_plan> emulated = {};
};
using installed_plan_ptr = std::shared_ptr<const installed_plan>;

/// The plans of one node's executor: the newest are ready to run, older ones can be made ready
/// again, the oldest are forgotten. One that is not ready any more lives on with the requests that
/// run on it. Knows no actor; on the engine's thread.
class installed_plans {
 public:
  /// Of the node `self`; `engine` outlives it.
  installed_plans(std::string self, compute_engine* engine)
      : self_{std::move(self)}, engine_{engine} {}

  /// Makes `p` ready, and answers its key. Throws as `compute_engine::load` does, and `user_error`
  /// for a plan that does not know this node.
  std::uint64_t install(const plan& p);

  /// Ready to run; null when it is not installed. Throws as `install` does.
  installed_plan_ptr ready(std::uint64_t key);

  /// Ready or not; null when it is not installed.
  installed_plan_ptr find(std::uint64_t key) const;

  /// Of plans that are made ready from now on; all of the model are made ready again where other
  /// kernels are chosen.
  void pace(const std::string& identity, model_pace how);

  std::size_t size() const { return plans_.size(); }
  /// The last to be installed; null: there is none.
  installed_plan_ptr newest() const { return order_.empty() ? nullptr : find(order_.back()); }
  std::vector<plan_status> report() const;

 private:
  installed_plan_ptr load(std::uint64_t key, const plan& p);
  void make_newest(std::uint64_t key);
  void evict();
  void make_unready(std::uint64_t key);
  bool is_newest_alike(const installed_plan& which) const;

  std::string self_;
  compute_engine* engine_;
  std::map<std::uint64_t, installed_plan_ptr> plans_;                      ///< by key
  std::deque<std::uint64_t> order_;                                        ///< oldest first
  recent_map<std::string, model_pace> paces_{defaults::plans_remembered};  ///< by identity
};

}  // namespace bramble
