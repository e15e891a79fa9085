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

/// Throws unless a photo for each input can be normalised with so many numbers.
void check_channels(const std::vector<float>& numbers, const manifest& m, const std::string& what) {
  if (numbers.size() <= 1) return;
  for (const auto& input : input_forms(m))
    if (const auto photo = photo_frame_of(input.shape, m.means.layout);
        photo && static_cast<std::size_t>(photo->channels) != numbers.size())
      throw user_error(what + " has " + std::to_string(numbers.size()) +
                       " numbers, and an input of " + format_shape(input.shape) + " takes " +
                       std::to_string(photo->channels) +
                       (photo->channels == 1 ? " channel" : " channels") +
                       "; give a number for each, or one for all.");
}

/// The graph has to be valid.
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
  for (const auto& name : m.input_names) check_text(name, where);
  for (const auto& name : m.output_names) check_text(name, where);
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
  if (usable_output_names(m.output_names, m.model.outputs.size()) != m.output_names)
    throw user_error(where + ": its outputs have names that do not tell them apart.");
}

std::string numbered(const char* what, std::size_t index, std::size_t count) {
  return count == 1 ? what : what + std::to_string(index + 1);
}

const std::string& name_at(const std::vector<std::string>& names, std::size_t index) {
  static const std::string none;
  return index < names.size() ? names[index] : none;
}

}  // namespace

std::string input_name(const manifest& m, std::size_t index) {
  const auto& own = name_at(m.input_names, index);
  return own.empty() ? numbered("input", index, m.model.inputs.size()) : own;
}

std::string output_name(const manifest& m, std::size_t index) {
  const auto& own = name_at(m.output_names, index);
  return own.empty() ? numbered("output", index, m.model.outputs.size()) : own;
}

namespace {

std::vector<named_form> forms_of(const manifest& m, const std::vector<value_id>& values,
                                 std::string (*name_of)(const manifest&, std::size_t)) {
  std::vector<named_form> out;
  out.reserve(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto& value = m.model.values[values[i]];
    out.push_back({name_of(m, i), value.shape, value.type});
  }
  return out;
}

}  // namespace

std::vector<named_form> input_forms(const manifest& m) {
  return forms_of(m, m.model.inputs, input_name);
}

std::vector<named_form> output_forms(const manifest& m) {
  return forms_of(m, m.model.outputs, output_name);
}

std::vector<std::string> usable_output_names(std::vector<std::string> names, std::size_t outputs) {
  if (names.size() != outputs) return {};
  std::vector<std::string> shown;
  shown.reserve(outputs);
  for (std::size_t i = 0; i < outputs; ++i) {
    const auto& name = names[i];
    if (name.size() > defaults::label_bytes_most || printable(name, name.size()) != name) return {};
    shown.push_back(name.empty() ? numbered("output", i, outputs) : name);
  }
  std::ranges::sort(shown);
  if (std::ranges::adjacent_find(shown) != shown.end()) return {};
  const bool any = std::ranges::any_of(names, [](const auto& name) { return !name.empty(); });
  return any ? std::move(names) : std::vector<std::string>{};
}

understanding understand(const manifest& m, const std::string& where) {
  return understand(m.means, input_forms(m), output_forms(m), where);
}

void check_use(const manifest& m, const manifest_sources& sources) {
  check_channels(m.mean, m, sources.mean);
  check_channels(m.deviation, m, sources.deviation);
  check_labels(m.labels, understand(m, sources.meaning), sources.labels);
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
  check_meaning(m.means, where);
  check_use(m, {where + ": the mean", where + ": the deviation", where, where + ": it"});
  return m;
}

std::string identity(const manifest& m) {
  return sha256_hex(encode_manifest(m));
}

std::string short_identity(const std::string& digest) {
  return digest.substr(0, defaults::identity_digits_shown);
}

}  // namespace bramble
