#include "model/image/convert_elements.hpp"

#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "config/base/half.hpp"
#include "model/graph/element_name.hpp"

namespace bramble::detail {
namespace {

/// A float16 or a truth value: stored as a number of the same width, but not to be taken as one.
struct half {
  std::uint16_t bits;
};
struct truth {
  std::uint8_t byte;
};

/// Calls `use` with a value of the type that NumPy calls `type`; false when there is none.
template <class Use>
bool with_npy_type(const std::string& type, Use&& use) {
  if (type == "<f4") return use(float{}), true;
  if (type == "<f8") return use(double{}), true;
  if (type == "<f2") return use(half{}), true;
  if (type == "|b1") return use(truth{}), true;
  if (type == "|u1") return use(std::uint8_t{}), true;
  if (type == "|i1") return use(std::int8_t{}), true;
  if (type == "<u2") return use(std::uint16_t{}), true;
  if (type == "<i2") return use(std::int16_t{}), true;
  if (type == "<u4") return use(std::uint32_t{}), true;
  if (type == "<i4") return use(std::int32_t{}), true;
  if (type == "<u8") return use(std::uint64_t{}), true;
  if (type == "<i8") return use(std::int64_t{}), true;
  return false;
}

template <class Use>
void with_type(element_type type, Use&& use) {
  switch (type) {
    case element_type::f32:
      return use(float{});
    case element_type::f64:
      return use(double{});
    case element_type::f16:
      return use(half{});
    case element_type::i64:
      return use(std::int64_t{});
    case element_type::i32:
      return use(std::int32_t{});
    case element_type::i16:
      return use(std::int16_t{});
    case element_type::i8:
      return use(std::int8_t{});
    case element_type::u8:
      return use(std::uint8_t{});
    case element_type::boolean:
      return use(truth{});
  }
}

/// The element as plain arithmetic.
template <class From>
auto plain(From element) {
  if constexpr (std::is_same_v<From, half>)
    return from_half(element.bits);
  else if constexpr (std::is_same_v<From, truth>)
    return std::uint8_t{element.byte != 0};
  else
    return element;
}

template <class To>
constexpr bool is_float = std::is_floating_point_v<To> || std::is_same_v<To, half>;

/// Beyond float32 a float64 becomes infinite, as in NumPy; the plain conversion is undefined there.
float narrowed(double value) {
  constexpr auto largest = static_cast<double>(std::numeric_limits<float>::max());
  constexpr auto infinity = std::numeric_limits<float>::infinity();
  if (value > largest) return infinity;
  if (value < -largest) return -infinity;
  return static_cast<float>(value);
}

/// Whole numbers up to this all have a float of their own.
template <class To>
constexpr std::uint64_t exact_limit = std::uint64_t{1} << std::numeric_limits<To>::digits;

template <class To, class Whole>
bool holds_exactly(Whole value) {
  if constexpr (std::is_same_v<To, truth>)
    return value == 0 || value == 1;
  else if constexpr (std::is_floating_point_v<To>)
    return std::cmp_less_equal(value, exact_limit<To>) &&
           std::cmp_greater_equal(value, -static_cast<std::int64_t>(exact_limit<To>));
  else
    return std::in_range<To>(value);
}

/// False when `to` cannot hold the value.
template <class To, class Plain>
bool convert(Plain value, To& to) {
  if constexpr (std::is_floating_point_v<Plain>) {
    if constexpr (std::is_same_v<To, float>)
      to = narrowed(value);
    else
      to = value;
    return true;
  } else {
    if (!holds_exactly<To>(value)) return false;
    if constexpr (std::is_same_v<To, truth>)
      to.byte = static_cast<std::uint8_t>(value);
    else
      to = static_cast<To>(value);  // NOLINT(bugprone-signed-char-misuse): a number, no character
    return true;
  }
}

template <class From, class To>
byte_vector convert_all(byte_span elements, const std::string& name, element_type wanted) {
  const auto count = elements.size() / sizeof(From);
  byte_vector out(count * sizeof(To));
  for (std::size_t i = 0; i < count; ++i) {
    From element{};
    std::memcpy(&element, elements.data() + i * sizeof(From), sizeof(From));
    To converted{};
    if (!convert(plain(element), converted))
      throw user_error(name + ": element " + std::to_string(i) + " is " +
                       std::to_string(plain(element)) + ", which " + name_of(wanted) +
                       ", the type that the model takes, does not hold exactly.");
    std::memcpy(out.data() + i * sizeof(To), &converted, sizeof(To));
  }
  return out;
}

}  // namespace

std::size_t npy_element_size(const std::string& type, const std::string& name) {
  std::size_t size = 0;
  if (with_npy_type(type, [&](auto element) { size = sizeof element; })) return size;
  throw user_error(name + ": the elements of this .npy file are of type '" + type +
                   "'; float16, float32, float64, whole numbers and truth values are read, all of "
                   "them little-endian.");
}

byte_vector convert_elements(byte_span elements, const std::string& type, element_type wanted,
                             const std::string& name) {
  byte_vector out;
  with_npy_type(type, [&](auto from) {
    with_type(wanted, [&](auto to) {
      using from_t = decltype(from);
      using to_t = decltype(to);
      if constexpr (std::is_same_v<from_t, to_t> && !std::is_same_v<to_t, truth>)
        out.assign(elements.begin(), elements.end());
      else if constexpr (std::is_same_v<to_t, half> || (is_float<from_t> && !is_float<to_t>))
        throw user_error(name + ": the elements of this .npy file are of type '" + type +
                         "', and the model takes " + name_of(wanted) +
                         " there; save it with .astype('" + name_of(wanted) + "').");
      else
        out = convert_all<from_t, to_t>(elements, name, wanted);
    });
  });
  return out;
}

}  // namespace bramble::detail
