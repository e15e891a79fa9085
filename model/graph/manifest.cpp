#include "model/graph/manifest.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "config/base/hash.hpp"
#include "config/defaults.hpp"
#include "config/defaults_names.hpp"
#include "config/defaults_store.hpp"
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
  if (version < manifest::oldest_version || version > manifest::current_version)
    throw user_error(where + ": the model is of format " + std::to_string(version) +
                     " and this program knows formats " + std::to_string(manifest::oldest_version) +
                     " to " + std::to_string(manifest::current_version) +
                     "; import it again with this program or update the program.");
}

bool all_finite(const std::vector<float>& numbers) {
  return std::all_of(numbers.begin(), numbers.end(), [](float x) { return std::isfinite(x); });
}

/// The graph has to be valid.
void check_preprocessing(const manifest& m, const std::string& where) {
  const auto zero = [](float x) { return x == 0.0F; };
  if (!all_finite(m.mean) || !all_finite(m.deviation) ||
      std::any_of(m.deviation.begin(), m.deviation.end(), zero))
    throw user_error(where + ": the mean or deviation of its input is no usable number.");
  check_channels(m.mean, m.model, where + ": the mean");
  check_channels(m.deviation, m.model, where + ": the deviation");
}

/// Channels of a photo that an input of this shape takes; 0: it takes none.
std::int64_t photo_channels(const std::vector<std::int64_t>& shape) {
  const bool batched = shape.size() == 4 && shape[0] == 1;
  if (!batched && shape.size() != 3) return 0;
  const auto channels = shape[batched ? 1 : 0];
  return channels == 1 || channels == 3 ? channels : 0;
}

/// Texts of a manifest end up in terminals and logs; control characters have no business there.
void check_text(const std::string& text, const std::string& where) {
  if (printable(text, text.size()) != text)
    throw user_error(where + ": one of its texts is not printable.");
}

void check_texts(const manifest& m, const std::string& where) {
  check_text(m.model.name, where);
  check_text(m.remark, where);
  for (const auto& name : m.input_names) check_text(name, where);
  for (const auto& label : m.labels)
    if (label.size() > defaults::label_bytes_most || !is_text(label))
      throw user_error(where + ": one of its labels is no line of text.");
  for (const auto& o : m.model.ops) {
    check_text(o.name, where);
    check_text(o.call.schema, where);
    check_text(o.call.overload, where);
  }
}

void check_names(const manifest& m, const std::string& where) {
  if (!m.input_names.empty() && m.input_names.size() != m.model.inputs.size())
    throw user_error(where + ": it has " + std::to_string(m.input_names.size()) + " names for " +
                     std::to_string(m.model.inputs.size()) + " inputs.");
  for (const auto& name : m.input_names)
    if (name.empty() || name.find('=') != std::string::npos ||
        std::count(m.input_names.begin(), m.input_names.end(), name) != 1)
      throw user_error(where + ": one of its inputs has a name that tells it from no other.");
}

}  // namespace

std::string input_name(const manifest& m, std::size_t index) {
  if (index < m.input_names.size()) return m.input_names[index];
  return m.model.inputs.size() == 1 ? "input" : "input" + std::to_string(index + 1);
}

void check_channels(const std::vector<float>& numbers, const graph& g, const std::string& what) {
  if (numbers.size() <= 1) return;
  for (const auto id : g.inputs)
    if (const auto channels = photo_channels(g.values[id].shape);
        channels != 0 && static_cast<std::size_t>(channels) != numbers.size())
      throw user_error(what + " has " + std::to_string(numbers.size()) +
                       " numbers, and an input of " + format_shape(g.values[id].shape) + " takes " +
                       std::to_string(channels) + (channels == 1 ? " channel" : " channels") +
                       "; give a number for each, or one for all.");
}

std::size_t classes_of(const graph& g) {
  if (g.outputs.size() != 1) return 0;
  const auto& out = g.values[g.outputs[0]];
  const bool row = out.type == element_type::f32 && out.shape.size() == 2 && out.shape[0] == 1;
  return row ? static_cast<std::size_t>(out.shape[1]) : 0;
}

void check_labels(const std::vector<std::string>& labels, const graph& g, const std::string& what) {
  const auto classes = classes_of(g);
  if (labels.empty() || labels.size() == classes) return;
  throw user_error(what + " has " + std::to_string(labels.size()) +
                   (labels.size() == 1 ? " label" : " labels") +
                   (classes == 0 ? ", and the model is no classifier: its answer is not one row "
                                   "of numbers."
                                 : ", and the model tells " + std::to_string(classes) +
                                       " classes apart; give one line for each."));
}

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
  validate(m.model, where);
  check_names(m, where);
  check_preprocessing(m, where);
  check_labels(m.labels, m.model, where + ": it");
  return m;
}

std::string identity(const manifest& m) {
  return sha256_hex(encode_manifest(m));
}

std::string short_identity(const std::string& digest) {
  return digest.substr(0, defaults::identity_digits_shown);
}

}  // namespace bramble
