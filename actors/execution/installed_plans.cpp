#include "actors/execution/installed_plans.hpp"

#include <algorithm>

#include "actors/planning/core/plan_eviction.hpp"
#include "config/base/error.hpp"
#include "config/defaults.hpp"
#include "config/defaults_load.hpp"

namespace bramble {

/// For the first time, or again.
installed_plan_ptr installed_plans::load(std::uint64_t key, const plan& p) {
  const auto me = std::find(p.nodes.begin(), p.nodes.end(), self_);
  if (me == p.nodes.end()) throw user_error("A plan without " + self_ + " was sent to it.");
  auto made = std::make_shared<installed_plan>();
  made->key = key;
  made->p = p;
  made->prepared = engine_->load(p, static_cast<std::uint16_t>(me - p.nodes.begin()));
  if (const auto* pace = paces_.find(p.identity)) {
    made->slowdown = pace->slowdown;
    if (pace->device) made->emulated = std::make_shared<const emulated_plan>(pace->device, p);
  }
  plans_[key] = made;
  return made;
}

void installed_plans::make_newest(std::uint64_t key) {
  std::erase(order_, key);
  order_.push_back(key);
}

void installed_plans::evict() {
  for (;;) {
    std::vector<const plan*> ready;
    std::vector<std::uint64_t> keys;
    for (const auto key : order_) {
      if (!plans_.at(key)->prepared) continue;
      ready.push_back(&plans_.at(key)->p);
      keys.push_back(key);
    }
    const auto at = plan_eviction(ready);
    if (!at) break;
    make_unready(keys[*at]);
  }
  engine_->release_unused();
}

void installed_plans::make_unready(std::uint64_t key) {
  auto& slot = plans_.at(key);
  auto unready = std::make_shared<installed_plan>(*slot);
  unready->prepared = nullptr;
  slot = unready;
}

void installed_plans::pace(const std::string& identity, model_pace how) {
  const auto* known = paces_.find(identity);
  const bool has_changed = known && known->kernels != how.kernels;
  paces_[identity] = std::move(how);
  if (!has_changed) return;
  for (const auto key : order_)
    if (plans_.at(key)->p.identity == identity) make_unready(key);
  engine_->release_unused();
}

installed_plan_ptr installed_plans::find(std::uint64_t key) const {
  const auto known = plans_.find(key);
  return known == plans_.end() ? nullptr : known->second;
}

installed_plan_ptr installed_plans::ready(std::uint64_t key) {
  auto known = find(key);
  if (!known || known->prepared) return known;
  auto made = load(key, known->p);
  make_newest(key);
  evict();
  return made;
}

std::uint64_t installed_plans::install(const plan& p) {
  const auto key = key_of(p);
  if (const auto known = find(key); !known || !known->prepared) load(key, p);
  make_newest(key);
  while (order_.size() > defaults::installed_plans_most) {
    plans_.erase(order_.front());
    order_.pop_front();
  }
  evict();
  return key;
}

/// Of plans alike, the last to be installed is the one that its host begins requests by: also where
/// their name meant another model before.
bool installed_plans::is_newest_alike(const installed_plan& which) const {
  const auto& p = which.p;
  for (auto key = order_.rbegin(); key != order_.rend(); ++key) {
    const auto& other = plans_.at(*key)->p;
    const bool same_model = other.identity == p.identity || other.model == p.model;
    if (same_model && other.method == p.method && other.wire == p.wire &&
        other.nodes[other.host] == p.nodes[p.host])
      return *key == which.key;
  }
  return false;
}

std::vector<plan_status> installed_plans::report() const {
  std::vector<plan_status> out;
  for (const auto key : order_) {
    const auto& each = *plans_.at(key);
    const auto& p = each.p;
    out.push_back(
        {p.model, p.method, p.nodes[p.host], p.epoch, p.predicted_ms, is_newest_alike(each)});
  }
  return out;
}

}  // namespace bramble
