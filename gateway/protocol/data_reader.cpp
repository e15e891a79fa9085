#include "gateway/protocol/data_reader.hpp"

#include <charconv>
#include <cstdlib>
#include <string>
#include <string_view>

#include "config/base/error.hpp"
#include "config/defaults.hpp"

namespace bramble::gateway {
namespace {

[[noreturn]] void refuse_syntax() {
  throw user_error("The request is no JSON: the \"data\" of an input is no list of numbers.");
}

/// Lists within lists, all of one level equally long, and elements at one depth.
class nesting {
 public:
  explicit nesting(tensor_numbers& to) : to_{to}, open_{{0, kind::nothing}} {}

  void open() {
    take(kind::lists);
    open_.push_back({0, kind::nothing});
    if (open_.size() > defaults::shape_dimensions_limit)
      throw user_error("The \"data\" of an input is nested deeper than a tensor can be.");
  }

  /// True when the outermost list has ended.
  bool close() {
    const auto level = open_.size() - 1;
    if (closed_.size() <= level) {
      closed_.resize(level + 1);
      to_.lengths.resize(level + 1);
    }
    if (closed_[level] && to_.lengths[level] != open_.back().count)
      throw user_error("The \"data\" of an input has lists of different lengths.");
    closed_[level] = true;
    to_.lengths[level] = open_.back().count;
    open_.pop_back();
    return open_.empty();
  }

  template <class Value>
  void add(Value value) {
    take(kind::values);
    if (to_.numbers.size() >= static_cast<std::size_t>(defaults::shape_elements_limit))
      throw user_error("The \"data\" of an input has more elements than a tensor can have.");
    to_.numbers.add(value);
  }

 private:
  enum class kind { nothing, lists, values };
  struct list {
    std::size_t count = 0;
    kind holds = kind::nothing;
  };

  void take(kind what) {
    auto& in = open_.back();
    ++in.count;
    if (in.holds != kind::nothing && in.holds != what)
      throw user_error("The \"data\" of an input mixes elements and lists.");
    in.holds = what;
    if (what == kind::values && !closed_.empty() && closed_.size() != open_.size())
      throw user_error("The \"data\" of an input has elements at different depths.");
  }

  tensor_numbers& to_;
  std::vector<list> open_;    ///< from the outermost one on
  std::vector<bool> closed_;  ///< by level: a list of it has ended
};

bool is_digit(const char* at, const char* end) {
  return at != end && *at >= '0' && *at <= '9';
}

const char* skip_digits(const char* at, const char* end) {
  if (!is_digit(at, end)) refuse_syntax();
  while (is_digit(at, end)) ++at;
  return at;
}

/// A number as JSON's grammar has it (RFC 8259, section 6); where it ends.
const char* read_number(const char* at, const char* end, nesting& to) {
  const auto* from = at;
  if (*at == '-') ++at;
  const bool zero = at != end && *at == '0';
  at = zero ? at + 1 : skip_digits(at, end);
  bool is_whole = true;
  if (at != end && *at == '.') {
    is_whole = false;
    at = skip_digits(at + 1, end);
  }
  if (at != end && (*at == 'e' || *at == 'E')) {
    is_whole = false;
    ++at;
    if (at != end && (*at == '+' || *at == '-')) ++at;
    at = skip_digits(at, end);
  }
  if (is_whole) {
    std::int64_t whole = 0;
    if (std::from_chars(from, at, whole).ec == std::errc{}) {
      // The sign of a zero is one of floats.
      if (whole == 0 && *from == '-')
        to.add(-0.0);
      else
        to.add(whole);
      return at;
    }
  }
  double real = 0;
  if (std::from_chars(from, at, real).ec != std::errc{})  // beyond what a double holds
    real = std::strtod(std::string{from, at}.c_str(), nullptr);
  to.add(real);
  return at;
}

const char* read_truth(const char* at, const char* end, nesting& to) {
  const std::string_view rest{at, static_cast<std::size_t>(end - at)};
  for (const bool value : {true, false}) {
    const std::string_view word = value ? "true" : "false";
    if (!rest.starts_with(word)) continue;
    to.add(value);
    return at + word.size();
  }
  refuse_syntax();
}

}  // namespace

const char* read_data(const char* at, const char* end, tensor_numbers& out) {
  nesting to{out};
  bool may_close = true;     // nothing, or a value, stands before
  bool needs_comma = false;  // a value does
  while (at != end) {
    const char c = *at;
    if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
      ++at;
    } else if (c == ']' && may_close) {
      if (to.close()) return at;
      ++at;
      needs_comma = true;
    } else if (needs_comma) {
      if (c != ',') refuse_syntax();
      ++at;
      needs_comma = may_close = false;
    } else if (c == '[') {
      to.open();
      ++at;
      may_close = true;
    } else {
      if (c == '-' || (c >= '0' && c <= '9'))
        at = read_number(at, end, to);
      else if (c == 't' || c == 'f')
        at = read_truth(at, end, to);
      else if (c == '"' || c == '{' || c == 'n')
        throw user_error(
            "The \"data\" of an input takes numbers, true and false; models here take no text.");
      else
        refuse_syntax();
      needs_comma = may_close = true;
    }
  }
  refuse_syntax();
}

}  // namespace bramble::gateway
