#include "model/runtime/runtime_engine.hpp"

#include "model/runtime/clocks.hpp"
#include "model/runtime/node_run.hpp"
#include "model/runtime/open_model.hpp"

namespace bramble {

runtime_engine::runtime_engine(model_store store, runtime_options options)
    : store_{std::move(store)}, options_{std::move(options)} {}

void runtime_engine::enter() {
  use_threads(options_.threads);  // counts per thread
}

std::shared_ptr<const prepared_plan> runtime_engine::load(const plan& p, std::uint16_t node) {
  auto known = models_.find(p.identity);
  if (known == models_.end())
    known = models_.emplace(p.identity, open_model(store_, p.identity, options_)).first;
  return std::make_shared<const loaded_plan>(known->second, p, node);
}

std::unique_ptr<plan_run> runtime_engine::begin(std::shared_ptr<const prepared_plan> on,
                                                const std::vector<host_tensor>& inputs) {
  return std::make_unique<node_run>(std::static_pointer_cast<const loaded_plan>(std::move(on)),
                                    inputs);
}

/// A model that no plan uses gives back its memory, and may make room for others.
void runtime_engine::release_unused() {
  std::erase_if(models_, [](const auto& each) { return each.second.use_count() == 1; });
  for (const auto& [identity, model] : models_) model->release_unused();
}

void runtime_engine::rest() {
  for (const auto& [identity, model] : models_) model->rest();
}

work_time runtime_engine::run_reference() {
  if (!reference_) {
    reference_ = std::make_unique<reference_piece>(options_);
    reference_->run();  // the first pays for cold code
  }
  const stopwatch watch;
  reference_->run();
  return {watch.cost_ms(options_.threads), watch.wall_ms()};
}

}  // namespace bramble
