#pragma once

#include <oneapi/dnnl/dnnl.hpp>
#include <optional>
#include <string>
#include <vector>

#include "model/graph/graph.hpp"

namespace bramble::onednn {

using dnnl::memory;
using description = dnnl::convolution_forward::primitive_desc;
inline constexpr auto f32 = memory::data_type::f32;

dnnl::engine& cpu();

/// Everything that decides which code oneDNN generates. Sizes are those of the region.
struct geometry {
  memory::dims in, out, weights;  // NCHW, NCHW, (g)oihw
  memory::dims stride, dilation, before, after;
  bool grouped = false;
  bool bias = false;
  bool residual = false;
  fused_activation activation;
};

/// A dense NHWC map of the given NCHW sizes.
memory::desc map_desc(const memory::dims& dims);

/// oneDNN's best implementation, or the one of a certain name; nothing when it has none for weights
/// laid out so.
std::optional<description> describe(const geometry& geo, const memory::desc& weights,
                                    const std::string& implementation = {});

/// The names of all, best first, without those of `is_reference`.
std::vector<std::string> implementations(const geometry& geo, const memory::desc& weights);

/// True for the code that is only there to compare with; a hundred times slower.
bool is_reference(const description& d);

}  // namespace bramble::onednn
