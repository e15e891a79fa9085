#include "console/inference.hpp"

#include <cstring>

#include "config/base/hash.hpp"
#include "config/options.hpp"
#include "console/common.hpp"

namespace bramble {
namespace {

std::vector<float> floats_of(const host_tensor& tensor) {
  std::vector<float> out(tensor.bytes.size() / sizeof(float));
  if (!out.empty()) std::memcpy(out.data(), tensor.bytes.data(), out.size() * sizeof(float));
  return out;
}

}  // namespace

std::string output_sha256(const std::vector<host_tensor>& outputs) {
  byte_vector all;
  for (const auto& tensor : outputs)
    all.insert(all.end(), tensor.bytes.begin(), tensor.bytes.end());
  return sha256_hex(all);
}

std::vector<class_score> best_classes(const infer_reply& reply, std::size_t count,
                                      const std::vector<std::string>& labels) {
  if (reply.outputs.size() != 1) return {};
  const auto& out = reply.outputs[0];
  if (out.type != element_type::f32 || out.shape.size() != 2 || out.shape[0] != 1) return {};
  return top_classes(floats_of(out), count, labels);
}

wire_type parse_wire(const std::string& text) {
  from_flag([&] { check_wire(text, "--wire"); });
  return text == "fp32" ? wire_type::fp32 : text == "fp16" ? wire_type::fp16 : wire_type::int8;
}

}  // namespace bramble
