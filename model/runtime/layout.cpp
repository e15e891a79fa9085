#include "model/runtime/layout.hpp"

#include <cstring>

namespace bramble {

void from_host(const host_tensor& from, const value_info& value, std::uint8_t* to) {
  if (!is_map(value)) {
    if (!from.bytes.empty()) std::memcpy(to, from.bytes.data(), from.bytes.size());
    return;
  }
  const auto channels = value.shape[1], pixels = value.shape[2] * value.shape[3];
  const auto* source = reinterpret_cast<const float*>(from.bytes.data());
  auto* target = reinterpret_cast<float*>(to);
  for (std::int64_t p = 0; p < pixels; ++p)
    for (std::int64_t c = 0; c < channels; ++c) target[p * channels + c] = source[c * pixels + p];
}

host_tensor to_host(const std::uint8_t* from, const value_info& value) {
  host_tensor out{value.shape, value.type, byte_vector(bytes_of(value, extent(value)))};
  if (!is_map(value)) {
    std::memcpy(out.bytes.data(), from, out.bytes.size());
    return out;
  }
  const auto channels = value.shape[1], pixels = value.shape[2] * value.shape[3];
  const auto* source = reinterpret_cast<const float*>(from);
  auto* target = reinterpret_cast<float*>(out.bytes.data());
  for (std::int64_t c = 0; c < channels; ++c)
    for (std::int64_t p = 0; p < pixels; ++p) target[c * pixels + p] = source[p * channels + c];
  return out;
}

}  // namespace bramble
