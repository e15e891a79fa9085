#pragma once

#include <map>
#include <memory>
#include <string>

#include "model/plan/compute_engine.hpp"
#include "model/runtime/device_model.hpp"
#include "model/runtime/reference_piece.hpp"
#include "model/store/store.hpp"

namespace bramble {

/// Computes with LibTorch, oneDNN and XNNPACK what the models in a store are made of.
class runtime_engine : public compute_engine {
 public:
  runtime_engine(model_store store, runtime_options options);

  void enter() override;
  std::shared_ptr<const prepared_plan> load(const plan& p, std::uint16_t node) override;
  std::unique_ptr<plan_run> begin(std::shared_ptr<const prepared_plan> on,
                                  const std::vector<host_tensor>& inputs) override;
  void release_unused() override;
  void rest() override;
  work_time run_reference() override;

 private:
  model_store store_;
  runtime_options options_;
  std::map<std::string, std::shared_ptr<device_model>> models_;  ///< by identity
  std::unique_ptr<reference_piece> reference_;                   ///< made when it is first wanted
};

}  // namespace bramble
