#include "model/runtime/onednn_description.hpp"

#include <algorithm>
#include <cstring>

namespace bramble::onednn {
namespace {

dnnl::primitive_attr attributes_of(const geometry& geo) {
  using kind = fused_activation::kind_t;
  dnnl::post_ops post;
  // The residual lies where the output goes. (As an operand of its own, "binary_add", it would rule
  // out the fastest code for 1x1 kernels.)
  if (geo.residual) post.append_sum(1.0F);
  const bool relu = geo.activation.kind == kind::relu;
  if (geo.activation.kind != kind::none) {
    const auto what = relu ? dnnl::algorithm::eltwise_relu : dnnl::algorithm::eltwise_clip;
    const float alpha = relu ? 0.0F : geo.activation.low, beta = relu ? 0.0F : geo.activation.high;
#if DNNL_VERSION_MAJOR < 3
    post.append_eltwise(1.0F, what, alpha, beta);
#else
    post.append_eltwise(what, alpha, beta);
#endif
  }
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(post);
  // The library's own scratchpad belongs to the thread that made the primitive.
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
}

}  // namespace

dnnl::engine& cpu() {
  static dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  return engine;
}

memory::desc map_desc(const memory::dims& dims) {
  return {dims, f32, memory::format_tag::nhwc};
}

namespace {

/// Calls `visit` with the list of implementations at its first one, and gives what it gives;
/// nothing where there is none. oneDNN 2's list refers to the description it was made of without
/// keeping it: whoever goes on in it outside of `visit` reads memory that is no more.
template <class Visit>
std::optional<description> with_implementations(const geometry& geo, const memory::desc& weights,
                                                const Visit& visit) {
  constexpr auto inference = dnnl::prop_kind::forward_inference;
  constexpr auto direct = dnnl::algorithm::convolution_direct;
  const auto in = map_desc(geo.in), out = map_desc(geo.out);
  const auto bias =
      geo.bias ? memory::desc({geo.out[1]}, f32, memory::format_tag::a) : memory::desc();
  const auto attributes = attributes_of(geo);
  try {
#if DNNL_VERSION_MAJOR < 3
    using convolution = dnnl::convolution_forward::desc;
    const auto wanted = geo.bias ? convolution(inference, direct, in, weights, bias, out,
                                               geo.stride, geo.dilation, geo.before, geo.after)
                                 : convolution(inference, direct, in, weights, out, geo.stride,
                                               geo.dilation, geo.before, geo.after);
    auto found = description(wanted, attributes, cpu());
#else
    auto found = geo.bias ? description(cpu(), inference, direct, in, weights, bias, out,
                                        geo.stride, geo.dilation, geo.before, geo.after, attributes)
                          : description(cpu(), inference, direct, in, weights, out, geo.stride,
                                        geo.dilation, geo.before, geo.after, attributes);
#endif
    return visit(found);
  } catch (const dnnl::error& e) {
    if (e.status == dnnl_unimplemented || e.status == dnnl_invalid_arguments) return {};
    throw;
  }
}

}  // namespace

std::optional<description> describe(const geometry& geo, const memory::desc& weights,
                                    const std::string& implementation) {
  const auto find = [&](description& found) -> std::optional<description> {
    if (implementation.empty()) return found;
    while (found.impl_info_str() != implementation)
      if (!found.next_impl()) return {};
    return found;
  };
  return with_implementations(geo, weights, find);
}

std::vector<std::string> implementations(const geometry& geo, const memory::desc& weights) {
  std::vector<std::string> names;
  const auto collect = [&](description& found) -> std::optional<description> {
    do {
      const std::string name = found.impl_info_str();
      if (!is_reference(found) && std::find(names.begin(), names.end(), name) == names.end())
        names.push_back(name);
    } while (found.next_impl());
    return {};
  };
  with_implementations(geo, weights, collect);
  return names;
}

bool is_reference(const description& d) {
  return std::strncmp(d.impl_info_str(), "ref", 3) == 0;
}

}  // namespace bramble::onednn
