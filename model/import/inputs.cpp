#include "model/import/inputs.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "config/base/error.hpp"
#include "config/parse.hpp"

namespace bramble {
namespace {

/// In the order of `element_type`.
constexpr std::array names{"float32", "float16", "float64", "int64", "int32",
                           "int16",   "int8",    "uint8",   "bool"};

element_type type_named(const std::string& name) {
  const auto* found = std::find(names.begin(), names.end(), name);
  if (found == names.end() || name == "float16")
    throw user_error("--input: there is no type " + quoted(name) +
                     "; say float32, float64, int64, int32, int16, int8, uint8 or bool, as in "
                     "`--input 1x32:int64`.");
  return static_cast<element_type>(found - names.begin());
}

bool looks_like_shape(const std::string& text) {
  return !text.empty() && std::isdigit(static_cast<unsigned char>(text.front())) != 0 &&
         text.find('.') == std::string::npos;
}

bool is_name(const std::string& text) {
  // In ONNX files there are "images:0", "input.1" and "0".
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isgraph(c) != 0 || c >= 0x80;
  });
}

}  // namespace

import_inputs::import_inputs(const std::vector<std::vector<std::int64_t>>& shapes) {
  for (const auto& shape : shapes) push_back({"", format_shape(shape), shape, {}});
}

import_input parse_import_input(const std::string& text) {
  import_input out;
  auto rest = text;
  if (const auto equals = text.find('='); equals != std::string::npos) {
    out.name = text.substr(0, equals);
    rest = text.substr(equals + 1);
    if (!is_name(out.name) || rest.empty())
      throw user_error("--input: " + quoted(text) +
                       " does not say an input's name and what it is, as `sr=16000` or "
                       "`ids=1x32:int64` do.");
  }
  out.text = rest;
  if (rest.starts_with("[")) return out;  // values
  if (const auto colon = rest.find(':'); colon != std::string::npos) {
    out.type = type_named(rest.substr(colon + 1));
    rest.resize(colon);
    out.shape = parse_shape(rest, "--input");
  } else if (out.name.empty()) {
    out.shape = parse_shape(rest, "--input");
  } else if (looks_like_shape(rest)) {
    try {
      out.shape = parse_shape(rest, "--input");
    } catch (const user_error&) {
      out.shape.clear();  // "0": a number all the same, if the model wants one
    }
  }
  return out;
}

std::string text_of(const import_inputs& inputs) {
  std::string text;
  for (const auto& input : inputs) {
    if (!text.empty()) text += " and ";
    if (!input.name.empty()) text += input.name + "=";
    text += input.text;
  }
  return text;
}

}  // namespace bramble
