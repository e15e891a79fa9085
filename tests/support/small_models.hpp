#pragma once

#include <filesystem>
#include <string>

#include "model/store/store.hpp"

namespace bramble::test {

inline byte_vector weight_bytes(std::uint8_t fill, std::size_t floats) {
  return byte_vector(floats * 4, fill);
}

/// One 1x1 convolution of two channels to two: two weights, of 4 and 2 floats.
inline manifest small_manifest(const std::string& weight, const std::string& bias) {
  manifest m;
  m.model.name = "small";
  m.model.values = {{{1, 2, 4, 4}, element_type::f32, no_id}, {{1, 2, 4, 4}, element_type::f32, 0}};
  m.model.weights = {{{2, 2, 1, 1}, element_type::f32, weight}, {{2}, element_type::f32, bias}};
  op o;
  o.kind = op_kind::convolution;
  o.name = "conv1 1x1 2";
  o.inputs = {0};
  o.outputs = {1};
  o.weights = {0, 1};
  m.model.ops = {o};
  m.model.inputs = {0};
  m.model.outputs = {1};
  return m;
}

/// Weights full of one byte each.
inline manifest stored_small(const model_store& store, const std::string& name, std::uint8_t weight,
                             std::uint8_t bias) {
  const auto m = small_manifest(store.put_blob(weight_bytes(weight, 4)),
                                store.put_blob(weight_bytes(bias, 2)));
  store.set_name(name, {store.put_manifest(m)});
  return m;
}

inline std::size_t files_in(const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  if (!fs::exists(folder)) return 0;
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator{folder}, fs::directory_iterator{}));
}

}  // namespace bramble::test
