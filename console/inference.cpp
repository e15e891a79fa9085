#include "console/inference.hpp"

#include "config/base/hash.hpp"
#include "config/options.hpp"
#include "console/common.hpp"

namespace bramble {
std::string output_sha256(const std::vector<host_tensor>& outputs) {
  byte_vector all;
  for (const auto& tensor : outputs)
    all.insert(all.end(), tensor.bytes.begin(), tensor.bytes.end());
  return sha256_hex(all);
}

wire_type parse_wire(const std::string& text) {
  from_flag([&] { check_wire(text, "--wire"); });
  return text == "fp32" ? wire_type::fp32 : text == "fp16" ? wire_type::fp16 : wire_type::int8;
}

}  // namespace bramble
