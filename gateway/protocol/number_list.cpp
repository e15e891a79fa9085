#include "gateway/protocol/number_list.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "gateway/protocol/datatypes.hpp"

namespace bramble::gateway {
namespace {

/// Up to here a double holds every whole number.
constexpr std::int64_t exact_in_double = std::int64_t{1} << std::numeric_limits<double>::digits;

[[noreturn]] void refuse_half(const std::string& what) {
  throw user_error(what +
                   ": FP16 has no form in JSON; use the binary tensor data extension "
                   "(\"binary_data_size\", \"binary_data\").");
}

template <class Element, class Value>
byte_vector converted(const std::vector<Value>& values, const std::string& what,
                      element_type type) {
  byte_vector out(values.size() * sizeof(Element));
  auto* to = out.data();
  for (std::size_t i = 0; i < values.size(); ++i, to += sizeof(Element)) {
    const auto value = values[i];
    if constexpr (std::is_floating_point_v<Element>) {
      if (std::abs(static_cast<double>(value)) > std::numeric_limits<Element>::max())
        throw user_error(what + ": element " + std::to_string(i) + " is too large for " +
                         datatype_of(type) + ".");
    } else {
      const auto whole = static_cast<std::int64_t>(value);
      if (static_cast<Value>(whole) != value || !std::in_range<Element>(whole))
        throw user_error(what + ": element " + std::to_string(i) + " is no " + datatype_of(type) +
                         ".");
    }
    const auto element = static_cast<Element>(value);
    std::memcpy(to, &element, sizeof element);
  }
  return out;
}

template <class Value>
byte_vector as_type(const std::vector<Value>& values, element_type type, const std::string& what) {
  switch (type) {
    case element_type::f32:
      return converted<float>(values, what, type);
    case element_type::f64:
      return converted<double>(values, what, type);
    case element_type::i64:
      return converted<std::int64_t>(values, what, type);
    case element_type::i32:
      return converted<std::int32_t>(values, what, type);
    case element_type::i16:
      return converted<std::int16_t>(values, what, type);
    case element_type::i8:
      return converted<std::int8_t>(values, what, type);
    case element_type::u8:
      return converted<std::uint8_t>(values, what, type);
    case element_type::boolean: {
      for (const auto value : values)
        if (value != 0 && value != 1)
          throw user_error(what + ": BOOL takes true and false, or 1 and 0.");
      return converted<std::uint8_t>(values, what, type);
    }
    case element_type::f16:
      break;
  }
  refuse_half(what);
}

template <class Element>
void append_all(std::string& out, byte_span elements, const std::string& what) {
  std::array<char, 40> text{};
  for (std::size_t at = 0; at + sizeof(Element) <= elements.size(); at += sizeof(Element)) {
    Element value{};
    std::memcpy(&value, elements.data() + at, sizeof value);
    if constexpr (std::is_floating_point_v<Element>)
      if (!std::isfinite(value))
        throw user_error(what + ": element " + std::to_string(at / sizeof(Element)) +
                         " is infinite or no number, which JSON cannot hold; ask for binary data "
                         "(\"binary_data\": true).");
    const auto end = [&] {
      if constexpr (sizeof(Element) == 1)
        return std::to_chars(text.data(), text.data() + text.size(), static_cast<int>(value)).ptr;
      else
        return std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    }();
    if (at != 0) out += ',';
    out.append(text.data(), end);
    if constexpr (std::is_floating_point_v<Element>) {
      // Whoever reads "1" makes a whole number of it.
      const std::string_view written{text.data(), static_cast<std::size_t>(end - text.data())};
      if (written.find_first_of(".e") == std::string_view::npos) out += ".0";
    }
  }
}

}  // namespace

void number_list::become_real() {
  real_.assign(whole_.begin(), whole_.end());
  whole_ = {};
  is_real_ = true;
}

void number_list::add(std::int64_t whole) {
  has_numbers_ = true;
  if (is_real_)
    real_.push_back(static_cast<double>(whole));
  else
    whole_.push_back(whole);
}

void number_list::add(double real) {
  has_numbers_ = true;
  if (!is_real_) become_real();
  real_.push_back(real);
}

void number_list::add(bool truth) {
  has_truths_ = true;
  if (is_real_)
    real_.push_back(truth ? 1 : 0);
  else
    whole_.push_back(truth ? 1 : 0);
}

byte_vector number_list::as(element_type type, const std::string& what) const {
  if (has_truths_ && (has_numbers_ || type != element_type::boolean))
    throw user_error(what + ": true and false are for BOOL, and all elements are of one kind.");
  if (!is_real_) return as_type(whole_, type, what);
  const bool wants_whole = type != element_type::f32 && type != element_type::f64;
  if (wants_whole)
    for (const auto value : real_)
      if (!(std::abs(value) <= static_cast<double>(exact_in_double)))
        throw user_error(what + ": an element is too large to be exact beside fractions.");
  return as_type(real_, type, what);
}

void append_numbers(std::string& out, element_type type, byte_span elements,
                    const std::string& what) {
  switch (type) {
    case element_type::f32:
      return append_all<float>(out, elements, what);
    case element_type::f64:
      return append_all<double>(out, elements, what);
    case element_type::i64:
      return append_all<std::int64_t>(out, elements, what);
    case element_type::i32:
      return append_all<std::int32_t>(out, elements, what);
    case element_type::i16:
      return append_all<std::int16_t>(out, elements, what);
    case element_type::i8:
      return append_all<std::int8_t>(out, elements, what);
    case element_type::u8:
      return append_all<std::uint8_t>(out, elements, what);
    case element_type::boolean:
      for (std::size_t i = 0; i < elements.size(); ++i)
        out += std::string{i != 0 ? "," : ""} + (elements[i] != 0 ? "true" : "false");
      return;
    case element_type::f16:
      break;
  }
  refuse_half(what);
}

}  // namespace bramble::gateway
