#include "model/graph/manifest.hpp"

#include <algorithm>
#include <cmath>

#include "config/base/hash.hpp"
#include "config/defaults.hpp"
#include "config/parse.hpp"

namespace bramble {
namespace {

constexpr std::array<std::uint8_t, 8> magic{'B', 'R', 'A', 'M', 'B', 'L', 'E', 'm'};

/// The version stands first, so that a manifest of another one is called that and not damaged.
void check_head(byte_span bytes, const std::string& where) {
  if (bytes.size() < magic.size() + sizeof(std::uint32_t) ||
      !std::equal(magic.begin(), magic.end(), bytes.begin()))
    throw user_error(where + ": this is no model manifest.");
  const auto version =
      decode<std::uint32_t>(bytes.subspan(magic.size(), sizeof(std::uint32_t)), where);
  if (version != manifest::current_version)
    throw user_error(where + ": the model is of format " + std::to_string(version) +
                     " and this program knows format " + std::to_string(manifest::current_version) +
                     "; import it again with this program or update the program.");
}

bool all_finite(const std::array<float, 3>& numbers) {
  return std::all_of(numbers.begin(), numbers.end(), [](float x) { return std::isfinite(x); });
}

void check_preprocessing(const manifest& m, const std::string& where) {
  const auto zero = [](float x) { return x == 0.0F; };
  if (!all_finite(m.mean) || !all_finite(m.deviation) ||
      std::any_of(m.deviation.begin(), m.deviation.end(), zero))
    throw user_error(where + ": the mean or deviation of its input is no usable number.");
}

/// Texts of a manifest end up in terminals and logs; control characters have no business there.
void check_text(const std::string& text, const std::string& where) {
  if (printable(text, text.size()) != text)
    throw user_error(where + ": one of its texts is not printable.");
}

void check_texts(const manifest& m, const std::string& where) {
  check_text(m.model.name, where);
  check_text(m.remark, where);
  for (const auto& o : m.model.ops) {
    check_text(o.name, where);
    check_text(o.call.schema, where);
    check_text(o.call.overload, where);
  }
}

}  // namespace

byte_vector encode_manifest(const manifest& m) {
  byte_vector out{magic.begin(), magic.end()};
  byte_writer writer{out};
  writer(m);
  return out;
}

manifest decode_manifest(byte_span bytes, const std::string& where) {
  if (bytes.size() > defaults::manifest_limit_bytes)
    throw user_error(where + ": a manifest of " + std::to_string(bytes.size()) +
                     " bytes is larger than the " + std::to_string(defaults::manifest_limit_bytes) +
                     " allowed.");
  check_head(bytes, where);
  auto m = decode<manifest>(bytes.subspan(magic.size()), where);
  check_texts(m, where);
  check_preprocessing(m, where);
  validate(m.model, where);
  return m;
}

std::string identity(const manifest& m) {
  return sha256_hex(encode_manifest(m));
}

}  // namespace bramble
