#include "model/runtime/onednn_convolution.hpp"

#include <algorithm>
#include <map>

#include "model/runtime/memory.hpp"
#include "model/runtime/onednn_kernel.hpp"
#include "model/runtime/padding_kernel.hpp"
#include "model/runtime/threads.hpp"

namespace bramble {

using namespace onednn;

struct onednn_convolutions::state {
  /// How every region of an op is computed: as oneDNN would compute the whole op.
  struct choice {
    bool usable = false;
    bool fused = true;  // oneDNN applies residual and activation itself
    std::string implementation;
    memory::desc layout;
  };

  state(weight_source& w, std::shared_ptr<buffer_pool> p)
      : weights{w}, scratch{std::make_shared<scratchpad>(std::move(p))} {}

  const graph& model() const { return weights.model(); }

  geometry geometry_of(const op& o, const region& out, const region& in, bool fused) const {
    const auto edge = border_of(model(), o, out);
    const auto& w = model().weights[o.weights[0]].shape;
    geometry geo;
    geo.in = {1, in.channels.size(), in.rows.size(), in.columns.size()};
    geo.out = {1, out.channels.size(), out.rows.size(), out.columns.size()};
    geo.weights = {out.channels.size(), w[1], w[2], w[3]};
    geo.grouped = o.groups > 1;
    if (geo.grouped) {
      const auto per_group = w[0] / o.groups;
      geo.weights = {out.channels.size() / per_group, per_group, w[1], w[2], w[3]};
    }
    geo.stride = {o.win.stride[0], o.win.stride[1]};
    geo.dilation = {o.win.dilation[0] - 1, o.win.dilation[1] - 1};
    geo.before = {edge.top, edge.left};
    geo.after = {edge.bottom, edge.right};
    geo.bias = o.weights.size() == 2;
    geo.residual = fused && o.inputs.size() == 2;
    if (fused) geo.activation = o.activation;
    return geo;
  }

  memory::desc any_layout(const geometry& geo) const {
    return {geo.weights, f32, memory::format_tag::any};
  }

  const choice& choose(op_id id) {
    const auto [entry, is_new] = choices.try_emplace(id);
    auto& chosen = entry->second;
    if (!is_new) return chosen;
    const auto& o = model().ops[id];
    const auto out = extent(model().values[o.outputs[0]]);
    const auto in = needed_inputs(model(), o, out)[0];
    // oneDNN 3.7.2 computes some narrow maps of one channel wrongly.
    if (has_empty_windows(o) || in.channels.size() == 1) return chosen;
    for (bool fused : {true, false}) {
      const auto geo = geometry_of(o, out, in, fused);
      auto found = describe(geo, any_layout(geo), preferred[id]);
      if (!found) found = describe(geo, any_layout(geo));
      if (!found || is_reference(*found)) continue;
      chosen = {true, fused, found->impl_info_str(), found->weights_desc()};
      break;
    }
    return chosen;
  }

  std::optional<description> describe_region(const choice& like, const geometry& geo,
                                             bool all_channels) const {
    // The whole op's layout first: then there is one packed copy of the weights for all regions.
    if (all_channels)
      if (auto same = describe(geo, like.layout, like.implementation)) return same;
    if (auto same = describe(geo, any_layout(geo), like.implementation)) return same;
    auto other = describe(geo, any_layout(geo));
    if (other && is_reference(*other)) return {};
    return other;
  }

  std::shared_ptr<packed_weights> pack(op_id id, interval channels, const geometry& geo,
                                       const memory::desc& layout) {
    auto& known = packed[id];
    for (const auto& w : known)
      if (w->channels == channels && w->layout == layout) return w;
    const auto& o = model().ops[id];
    const auto plain = weights.part(o.weights[0], channels);
    const auto tag = geo.grouped ? memory::format_tag::goihw : memory::format_tag::oihw;
    memory source({geo.weights, f32, tag}, cpu(), const_cast<float*>(floats_of(plain)));
    auto w =
        std::make_shared<packed_weights>(packed_weights{channels, layout, memory(layout, cpu())});
    dnnl::stream stream{cpu()};
    dnnl::reorder(source, w->content).execute(stream, source, w->content);
    stream.wait();
    known.push_back(w);
    return w;
  }

  weight_source& weights;
  std::shared_ptr<scratchpad> scratch;
  std::map<op_id, choice> choices;
  std::map<op_id, std::string> preferred;  // codes by name
  std::map<op_id, std::vector<std::shared_ptr<packed_weights>>> packed;
};

onednn_convolutions::onednn_convolutions(weight_source& weights, std::shared_ptr<buffer_pool> pool)
    : state_{std::make_unique<state>(weights, std::move(pool))} {}

onednn_convolutions::~onednn_convolutions() = default;

bool onednn_convolutions::can(op_id id) {
  return state_->choose(id).usable;
}

std::vector<std::string> onednn_convolutions::codes(op_id id) {
  if (!can(id)) return {};
  const auto& g = state_->model();
  const auto out = extent(g.values[g.ops[id].outputs[0]]);
  const auto in = needed_inputs(g, g.ops[id], out)[0];
  const auto geo = state_->geometry_of(g.ops[id], out, in, state_->choose(id).fused);
  return implementations(geo, state_->any_layout(geo));
}

void onednn_convolutions::prefer(op_id id, const std::string& code) {
  auto& known = state_->preferred[id];
  if (known == code) return;
  known = code;
  state_->choices.erase(id);
}

std::shared_ptr<region_kernel> onednn_convolutions::make(op_id id, const region& out,
                                                         const region& available) {
  const auto& like = state_->choose(id);
  if (!like.usable) return nullptr;
  const auto& g = state_->model();
  const auto& o = g.ops[id];
  const auto channels = g.values[o.outputs[0]].shape[1];

  // oneDNN computes groups whole.
  auto made = out;
  const auto per_group = channels / o.groups;
  if (o.groups > 1)
    made.channels = {out.channels.begin / per_group * per_group,
                     (out.channels.end + per_group - 1) / per_group * per_group};
  auto in = needed_inputs(g, o, made)[0];
  // The same of a depthwise convolution's slice.
  if (in.channels.size() == 1) return nullptr;
  // Columns beyond the last window do no harm when they are fewer than a stride, and reading them
  // saves a copy.
  if (available.columns.begin == in.columns.begin && available.columns.end >= in.columns.end &&
      available.columns.end - in.columns.end < o.win.stride[1])
    in.columns = available.columns;

  // A residual is read by the same channels as the output, so it cannot be fused where more are
  // made.
  const bool fused = like.fused && (made == out || o.inputs.size() == 1);
  const auto geo = state_->geometry_of(o, made, in, fused);
  const bool all_channels = made.channels.size() == channels;
  const auto primitive = state_->describe_region(like, geo, all_channels);
  if (!primitive) return nullptr;

  kernel_parts parts;
  parts.primitive = *primitive;
  parts.geo = geo;
  parts.weights = state_->pack(id, made.channels, geo, primitive->weights_desc());
  if (geo.bias) {
    parts.bias = state_->weights.get(o.weights[1]);
    parts.bias_offset = made.channels.begin;
  }
  parts.out = out;
  parts.made = made;
  parts.in = in;
  parts.read_in_place = available.channels == in.channels && available.columns == in.columns;
  parts.add_residual_after = !fused && o.inputs.size() == 2;
  parts.activate_after = !fused && o.activation.kind != fused_activation::kind_t::none;
  parts.activation = o.activation;
  parts.scratch = state_->scratch;
  return make_kernel(std::move(parts));
}

void onednn_convolutions::release_unused() {
  for (auto& [id, copies] : state_->packed)
    copies.erase(std::remove_if(copies.begin(), copies.end(),
                                [](const auto& w) { return w.use_count() == 1; }),
                 copies.end());
}

void onednn_convolutions::release_code() {
  // oneDNN remembers the code of the last thousand kernels; only emptying it lets go of that.
  const auto capacity = dnnl::get_primitive_cache_capacity();
  dnnl::set_primitive_cache_capacity(0);
  dnnl::set_primitive_cache_capacity(capacity);
}

void onednn_convolutions::release_scratch() {
  state_->scratch->release();
}

void keep_no_onednn_code() {
  dnnl::set_primitive_cache_capacity(0);
}

std::string onednn_version() {
  const auto* v = dnnl_version();
  return std::to_string(v->major) + "." + std::to_string(v->minor) + "." + std::to_string(v->patch);
}

}  // namespace bramble
