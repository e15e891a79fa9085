#include "config/toml_section.hpp"

#include <algorithm>

#include "config/parse.hpp"

namespace bramble {
namespace {

std::string place(const std::string& file, const toml::source_position& at) {
  return file + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) + ": ";
}

}  // namespace

toml::table parse_toml(std::string_view text, const std::string& file) {
  try {
    return toml::parse(text, file);
  } catch (const toml::parse_error& e) {
    throw user_error(place(file, e.source().begin) +
                     "this is no TOML: " + printable(e.description(), 200) + ".");
  }
}

const toml::node* toml_section::find(std::string_view key) {
  known_.emplace_back(key);
  return table_.get(key);
}

std::string toml_section::at(const toml::node& value, std::string_view key) const {
  return place(file_, value.source().begin) + prefix_ + std::string{key};
}

void toml_section::wrong_type(const toml::node& value, std::string_view key,
                              const std::string& wanted) const {
  throw user_error(at(value, key) + " must be " + wanted + ".");
}

std::optional<std::int64_t> toml_section::whole_number(std::string_view key, std::int64_t least,
                                                       std::int64_t most) {
  const auto* value = find(key);
  if (value == nullptr) return std::nullopt;
  const auto* number = value->as_integer();
  if (number == nullptr || number->get() < least || number->get() > most)
    wrong_type(*value, key,
               "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return number->get();
}

void toml_section::flag(std::string_view key, bool& out) {
  const auto* value = find(key);
  if (value == nullptr) return;
  const auto* given = value->as_boolean();
  if (given == nullptr) wrong_type(*value, key, "true or false");
  out = given->get();
}

void toml_section::number(std::string_view key, double least, double most,
                          std::optional<double>& out) {
  const auto* value = find(key);
  if (value == nullptr) return;
  const auto given = value->value<double>();
  // Also refuses NaN, which compares false with everything.
  if (!value->is_number() || !given || !(*given >= least && *given <= most))
    wrong_type(*value, key, "a number from " + format_number(least) + " to " + format_number(most));
  out = *given;
}

void toml_section::finish() const {
  for (const auto& [key, value] : table_) {
    if (std::ranges::find(known_, key.str()) != known_.end()) continue;
    std::string list;
    for (const auto& known : known_) list += (list.empty() ? "" : ", ") + prefix_ + known;
    throw user_error(place(file_, key.source().begin) + "there is no option " + prefix_ +
                     printable(key.str()) + "; known here: " + list + ".");
  }
}

}  // namespace bramble
