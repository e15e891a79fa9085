#include "model/plan/method_pins.hpp"

#include <algorithm>
#include <tuple>

#include "config/base/error.hpp"
#include "config/defaults_operating.hpp"
#include "config/format.hpp"

namespace bramble {
namespace {

/// Beyond it no later change could be told.
constexpr std::uint64_t last_number = 1ULL << 62;

bool is_method(const std::string& name) {
  return std::ranges::count(plan_methods(), name) != 0;
}

bool is_sound(const method_pin& pin) {
  return !pin.model.empty() && pin.model.size() <= defaults::pinned_model_length &&
         (pin.method.empty() || is_method(pin.method)) && pin.number > 0 &&
         pin.number <= last_number;
}

/// Two that were made at once on two nodes: the same one everywhere.
bool beats(const method_pin& a, const method_pin& b) {
  return std::tie(a.number, a.method) > std::tie(b.number, b.method);
}

}  // namespace

const std::vector<std::string>& plan_methods() {
  static const std::vector<std::string> names{"one",     "seed",     "seed-exact",
                                              "latency", "pipeline", "bramble"};
  return names;
}

bool method_pins::set(const std::string& model, const std::string& method) {
  if (!method.empty() && !is_method(method))
    throw user_error("There is no method " + method + "; the methods are " +
                     listed(plan_methods()) + ", and none takes a pin back.");
  if (method == method_of(model)) return false;
  const bool is_new = !pins_.contains(model);
  if (is_new && pins_.size() >= defaults::method_pins_most)
    throw user_error("So many models are pinned already: " + std::to_string(pins_.size()) + ".");
  auto& pin = pins_[model];
  pin = {model, method, pin.number + 1};
  return true;
}

std::vector<method_pin> method_pins::merge(const std::vector<method_pin>& theirs) {
  std::vector<method_pin> changed;
  for (const auto& each : theirs) {
    if (!is_sound(each)) continue;
    const auto known = pins_.find(each.model);
    if (known == pins_.end() && pins_.size() >= defaults::method_pins_most) continue;
    if (known != pins_.end() && !beats(each, known->second)) continue;
    const bool is_different = method_of(each.model) != each.method;
    pins_[each.model] = each;
    if (is_different) changed.push_back(each);
  }
  return changed;
}

std::string method_pins::method_of(const std::string& model) const {
  const auto known = pins_.find(model);
  return known == pins_.end() ? std::string{} : known->second.method;
}

std::vector<method_pin> method_pins::all() const {
  std::vector<method_pin> out;
  out.reserve(pins_.size());
  for (const auto& [model, pin] : pins_) out.push_back(pin);
  return out;
}

std::vector<method_pin> method_pins::in_force() const {
  auto out = all();
  std::erase_if(out, [](const method_pin& each) { return each.method.empty(); });
  return out;
}

std::string describe(const method_pin& pin) {
  if (pin.method.empty()) return "plans of " + pin.model + " are made by the shelf's own choice";
  return "plans of " + pin.model + " are made by " + pin.method + " alone, by hand; `pin " +
         pin.model + " none` takes that back";
}

}  // namespace bramble
