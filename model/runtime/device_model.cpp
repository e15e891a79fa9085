#include "model/runtime/device_model.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "config/base/files.hpp"
#include "model/runtime/aten_convolution.hpp"
#include "model/runtime/aten_transposed.hpp"
#include "model/runtime/concat_kernel.hpp"
#include "model/runtime/matrix_kernel.hpp"
#include "model/runtime/memory.hpp"
#include "model/runtime/padding_kernel.hpp"
#include "model/runtime/per_pixel_kernel.hpp"
#include "model/runtime/pointwise_kernel.hpp"
#include "model/runtime/pool_kernel.hpp"
#include "model/runtime/product_kernel.hpp"
#include "model/runtime/registry_kernels.hpp"
#include "model/runtime/select_kernel.hpp"
#include "model/runtime/statistics_kernel.hpp"
#include "model/runtime/take_kernel.hpp"
#include "model/runtime/upsample_kernel.hpp"
#include "model/runtime/window_kernel.hpp"

namespace bramble {

namespace {

/// By op: the first convolution that does the same with the same weights. The images of a batch
/// have such, and need one kernel, with its weights packed once.
std::vector<op_id> first_alike(const graph& g) {
  std::map<std::vector<weight_id>, std::vector<op_id>> by_weights;
  std::vector<op_id> first;
  first.reserve(g.ops.size());
  for (op_id id = 0; id < g.ops.size(); ++id) {
    const auto& o = g.ops[id];
    first.push_back(id);
    if (o.kind != op_kind::convolution && o.kind != op_kind::transposed_convolution) continue;
    auto& others = by_weights[o.weights];
    const auto alike = std::find_if(others.begin(), others.end(), [&](op_id other) {
      return likeness(g, g.ops[other]) == likeness(g, o);
    });
    if (alike == others.end())
      others.push_back(id);
    else
      first.back() = *alike;
  }
  return first;
}

}  // namespace

device_model::device_model(std::shared_ptr<const graph> g, blob_loader load,
                           runtime_options options)
    : graph_{std::move(g)},
      options_{options},
      alike_{first_alike(*graph_)},
      pool_{buffer_pool::make()},
      weights_{graph_, std::move(load)},
      onednn_{weights_, pool_},
      xnnpack_{weights_, pool_, options_.threads} {}

any_kernel device_model::kernel_for(op_id id, const region& out,
                                    const std::vector<region>& available) {
  // oneDNN divides the work between threads when it makes a kernel, not when it runs it.
  use_threads(options_.threads);
  follow_choices();
  id = alike_[id];
  const auto key = encode(std::make_pair(id, std::make_pair(out, available)));
  auto [entry, is_new] = kernels_.try_emplace(as_text(key));
  if (!is_new) return entry->second;
  try {
    entry->second = make(id, out, available);
  } catch (...) {
    kernels_.erase(entry);
    throw;
  }
  return entry->second;
}

any_kernel device_model::make(op_id id, const region& out, const std::vector<region>& available) {
  const auto& o = graph_->ops[id];
  switch (o.kind) {
    case op_kind::convolution:
      return make_convolution(choice_of(id), id, out, available);
    case op_kind::transposed_convolution:
      if (needed_inputs(*graph_, o, out)[0].empty()) return make_padding_kernel(weights_, id, out);
      return make_aten_transposed(weights_, id, out);
    case op_kind::upsample:
      return make_upsample_kernel(*graph_, id, out);
    case op_kind::select:
      return make_select_kernel(*graph_, id, out);
    case op_kind::per_pixel:
      if (auto own = make_statistics_kernel(weights_, id, out)) return own;
      return make_per_pixel_kernel(weights_, id, out);
    case op_kind::product:
      return make_matrix_kernel(*graph_, id, out);
    case op_kind::take:
      return make_take_kernel(weights_, id, out);
    case op_kind::regroup:
      return make_regroup_kernel(*graph_, id, out);
    case op_kind::window_product:
      return make_window_kernel(*graph_, id, out);
    case op_kind::reshape:
      return make_reshape_kernel(*graph_, id, pool_);
    case op_kind::max_pool:
    case op_kind::avg_pool:
      return make_pool_kernel(*graph_, id, out);
    case op_kind::concat:
      return make_concat_kernel(weights_, id, out);
    case op_kind::elementwise:
      if (auto own = make_pointwise_kernel(weights_, id, out)) return own;
      if (auto own = make_statistics_kernel(weights_, id, out)) return own;
      return make_elementwise_kernel(weights_, id, out);
    default:
      return make_atom_kernel(weights_, id);
  }
}

std::shared_ptr<region_kernel> device_model::make_convolution(
    const kernel_choice& by, op_id id, const region& out, const std::vector<region>& available) {
  if (needed_inputs(*graph_, graph_->ops[id], out)[0].empty())
    return make_padding_kernel(weights_, id, out);
  if (is_product(*graph_, graph_->ops[id])) return make_product_kernel(weights_, id, out);
  if (by.by == backend::onednn) {
    onednn_.prefer(id, by.code);
    if (auto direct = onednn_.make(id, out, available[0])) return direct;
  }
  if (by.by == backend::xnnpack)
    if (auto direct = xnnpack_.make(id, out, available[0])) return direct;
  return make_aten_convolution(weights_, id, out);
}

std::vector<backend> device_model::backends_for(op_id id) {
  use_threads(options_.threads);
  if (is_product(*graph_, graph_->ops[id])) return {backend::own};
  std::vector<backend> usable;
#if defined(__aarch64__) || defined(__arm__)
  const std::array order{backend::xnnpack, backend::onednn};  // oneDNN has no code of its own here
#else
  const std::array order{backend::onednn, backend::xnnpack};
#endif
  for (auto by : order) {
    const bool can = by == backend::onednn ? options_.direct_onednn && onednn_.can(id)
                                           : options_.xnnpack && xnnpack_.can(id);
    if (can) usable.push_back(by);
  }
  usable.push_back(backend::libtorch);
  return usable;
}

backend device_model::backend_of(op_id id) {
  const auto& o = graph_->ops[id];
  if (o.kind == op_kind::atom || o.kind == op_kind::transposed_convolution ||
      o.kind == op_kind::product)
    return backend::libtorch;
  if (o.kind == op_kind::elementwise || o.kind == op_kind::per_pixel) {
    const auto whole = extent(graph_->values[o.outputs[0]]);
    const bool own =
        (o.kind == op_kind::elementwise && make_pointwise_kernel(weights_, id, whole)) ||
        make_statistics_kernel(weights_, id, whole);
    return own ? backend::own : backend::libtorch;
  }
  if (o.kind != op_kind::convolution) return backend::own;
  return choice_of(id).by;
}

std::string device_model::code_of(op_id id) {
  return graph_->ops[id].kind == op_kind::convolution ? choice_of(id).code : std::string{};
}

/// Plans that are loaded keep the kernels they have.
void device_model::follow_choices() {
  const auto changes = options_.choices ? options_.choices->changes() : 0;
  if (std::exchange(choices_seen_, changes) == changes) return;
  choices_.clear();
  kernels_.clear();
  dropped_kernels_ = true;
}

const kernel_choice& device_model::choice_of(op_id id) {
  follow_choices();
  const auto [entry, is_new] = choices_.try_emplace(id);
  if (!is_new) return entry->second;
  const auto usable = backends_for(id);
  entry->second.by = usable.front();
  const auto known =
      options_.choices ? options_.choices->find(likeness(*graph_, graph_->ops[id])) : std::nullopt;
  if (known && std::find(usable.begin(), usable.end(), known->by) != usable.end())
    entry->second = *known;
  return entry->second;
}

std::vector<std::string> device_model::codes_for(backend by, op_id id) {
  use_threads(options_.threads);
  auto codes = by == backend::onednn ? onednn_.codes(id) : std::vector<std::string>{};
  if (codes.empty()) codes.emplace_back();
  return codes;
}

any_kernel device_model::kernel_by(const kernel_choice& by, op_id id, const region& out,
                                   const std::vector<region>& available) {
  use_threads(options_.threads);
  return make_convolution(by, id, out, available);
}

void device_model::release_unused() {
  const auto dropped = std::erase_if(kernels_, [](const auto& entry) {
    return std::visit([](const auto& kernel) { return kernel.use_count(); }, entry.second) == 1;
  });
  dropped_kernels_ = dropped_kernels_ || dropped > 0;
  onednn_.release_unused();
}

void device_model::rest() {
  release_unused();
  if (dropped_kernels_) onednn_.release_code();
  dropped_kernels_ = false;
  onednn_.release_scratch();
  pool_->trim();
  return_freed_memory();
}

}  // namespace bramble
