#pragma once

#include <algorithm>
#include <vector>

#include "config/defaults_runtime.hpp"
#include "model/runtime/device_model.hpp"

namespace bramble {

/// Inputs and output for kernels to work on, the same memory for all: warm, as it is in a request
/// where the op before has just written it.
class made_up_data {
 public:
  explicit made_up_data(const device_model& device) {
    std::size_t most = 1;
    for (const auto& value : device.model().values)
      most = std::max<std::size_t>(most, bytes_of(value, extent(value)));
    floats_ = device.pool()->take(most);
    zeros_ = device.pool()->take(most);
    out_ = device.pool()->take(most);
    // A plain number: some processors are slow with denormals, and NaN would be denormal's cousin.
    std::fill_n(reinterpret_cast<float*>(floats_.get()), most / sizeof(float), 0.5F);
    std::fill_n(reinterpret_cast<float*>(out_.get()), most / sizeof(float), 0.5F);
    std::fill_n(zeros_.get(), most, std::uint8_t{0});
  }

  tensor_view input(const value_info& value, const region& box) const {
    const bool real = value.type == element_type::f32;
    return dense_view(real ? floats_.get() : zeros_.get(), box);
  }
  tensor_view output(const region& box) const { return dense_view(out_.get(), box); }

 private:
  buffer floats_;
  buffer zeros_;  // indices into whatever it may be
  buffer out_;
};

/// What a core's other users have in its caches while an emulated device rests.
class others_data {
 public:
  void sweep() {
    if (bytes_.empty()) bytes_.resize(defaults::calibration_sweep_bytes);
    for (std::size_t i = 0; i < bytes_.size(); i += 64) ++bytes_[i];
  }

 private:
  std::vector<std::uint8_t> bytes_;
};

}  // namespace bramble
