#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <variant>

#include "model/runtime/backend.hpp"
#include "model/runtime/kernel.hpp"
#include "model/runtime/onednn_convolution.hpp"
#include "model/runtime/threads.hpp"
#include "model/runtime/weight_source.hpp"
#include "model/runtime/xnnpack_convolution.hpp"

namespace bramble {

/// A kernel for a region, or for an op that runs whole.
using any_kernel = std::variant<std::shared_ptr<region_kernel>, std::shared_ptr<whole_kernel>>;

/// One model on this device: its weights as the kernels want them, and the kernels made so far.
/// Plans of any epoch share it, so a new plan packs only what it is the first to use.
///
/// Belongs to one computing thread at a time, which has called `use_threads(options().threads)`.
class device_model {
 public:
  /// `g` must have passed `validate`. Loads nothing yet.
  device_model(std::shared_ptr<const graph> g, blob_loader load, runtime_options options);
  device_model(const device_model&) = delete;
  device_model& operator=(const device_model&) = delete;

  const graph& model() const { return *graph_; }
  const std::shared_ptr<const graph>& shared_model() const { return graph_; }
  const runtime_options& options() const { return options_; }
  const std::shared_ptr<buffer_pool>& pool() const { return pool_; }

  /// The kernel that makes `out` of op `id` when its input views have the boxes `available`, each
  /// containing what `needed_inputs` says. Made once. Throws `user_error` naming the op when a
  /// weight is missing or LibTorch does not have the op.
  any_kernel kernel_for(op_id id, const region& out, const std::vector<region>& available);

  /// What computes op `id`. Of a convolution: what `options().choices` knows of, else the first in
  /// the order that suits most processors of this kind. One for all regions of an op, so that they
  /// agree with the whole bit by bit where the backend can. A choice that changes is for kernels
  /// made from then on.
  backend backend_of(op_id id);

  /// The backends that can compute a convolution whole.
  std::vector<backend> backends_for(op_id id);

  /// Of those that have several codes for it, all; else one, of no name.
  std::vector<std::string> codes_for(backend by, op_id id);

  /// The code that was chosen, or empty for the backend's own choice.
  std::string code_of(op_id id);

  /// As `kernel_for` for a convolution, computed in a certain way; not kept.
  any_kernel kernel_by(const kernel_choice& by, op_id id, const region& out,
                       const std::vector<region>& available);

  /// Drops kernels and packed weights that no loaded plan uses. Quick.
  void release_unused();

  /// For a device that has nothing to do: the same, and gives back to the system the buffers of
  /// past requests, the code of dropped kernels and whatever else is free.
  void rest();

 private:
  any_kernel make(op_id id, const region& out, const std::vector<region>& available);
  const kernel_choice& choice_of(op_id id);
  void follow_choices();
  std::shared_ptr<region_kernel> make_convolution(const kernel_choice& by, op_id id,
                                                  const region& out,
                                                  const std::vector<region>& available);

  std::shared_ptr<const graph> graph_;
  runtime_options options_;
  std::vector<op_id> alike_;  // by op: whose kernels are its own as well
  std::shared_ptr<buffer_pool> pool_;
  weight_source weights_;
  onednn_convolutions onednn_;
  xnnpack_convolutions xnnpack_;
  std::unordered_map<op_id, kernel_choice> choices_;
  std::uint64_t choices_seen_ = 0;  // changes of those that all models share
  std::unordered_map<std::string, any_kernel> kernels_;
  bool dropped_kernels_ = false;  // since it last rested
};

}  // namespace bramble
