#include "model/import/onnx_inputs.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <map>

#include "config/defaults_onnx.hpp"
#include "config/parse.hpp"
#include "model/import/onnx/operand.hpp"
#include "model/runtime/scalar_type.hpp"

namespace bramble {
namespace {

std::string listed_names(const std::vector<onnx_value>& inputs) {
  std::string out;
  for (const auto& input : inputs) out += (out.empty() ? "" : ", ") + printable(input.name);
  return out;
}

bool is_open(const onnx_value& input) {
  return !input.shape ||
         std::any_of(input.shape->begin(), input.shape->end(),
                     [](const auto& size) { return std::holds_alternative<std::string>(size); });
}

std::string size_text(const onnx_size& size) {
  if (const auto* number = std::get_if<std::int64_t>(&size)) return std::to_string(*number);
  const auto& name = std::get<std::string>(size);
  return name.empty() ? "?" : printable(name);
}

/// "1 x 3 x height x width": what the file leaves open by its names for it.
std::string sizes_text(const onnx_value& input) {
  if (!input.shape) return "of any shape";
  std::string out;
  for (const auto& size : *input.shape) out += (out.empty() ? "" : " x ") + size_text(size);
  return out;
}

/// Sizes that could be meant: one image, as large as most detectors take.
std::string example_of(const onnx_value& input) {
  if (!input.shape) return "1x3x640x640";
  std::string out;
  for (std::size_t i = 0; i < input.shape->size(); ++i) {
    const auto* number = std::get_if<std::int64_t>(&(*input.shape)[i]);
    const std::int64_t guess = i == 0 ? 1 : input.shape->size() == 4 ? 640 : 128;
    out += (out.empty() ? "" : "x") + std::to_string(number != nullptr ? *number : guess);
  }
  return out;
}

class binder {
 public:
  binder(const std::vector<onnx_value>& inputs, const import_inputs& given, const std::string& file)
      : inputs_{inputs}, file_{file}, given_(inputs.size(), nullptr) {
    for (const auto& each : given)
      if (!each.name.empty()) place(each);
    for (const auto& each : given)
      if (each.name.empty()) place_next(each);
  }

  std::vector<onnx_binding> run() {
    check_missing();
    std::vector<onnx_binding> out;
    for (std::size_t i = 0; i < inputs_.size(); ++i) out.push_back(bind(inputs_[i], given_[i]));
    return out;
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw user_error(file_ + ": " + what + ".");
  }
  [[noreturn]] void refuse(const onnx_value& input, const std::string& what) const {
    refuse("the input `" + printable(input.name) + "` " + what);
  }

  void place(const import_input& each) {
    const auto found = std::find_if(inputs_.begin(), inputs_.end(),
                                    [&](const auto& input) { return input.name == each.name; });
    const auto at = static_cast<std::size_t>(found - inputs_.begin());
    if (found == inputs_.end())
      refuse("the model takes " + listed_names(inputs_) + ", and " + quoted(printable(each.name)) +
             " is none of them");
    if (given_[at] != nullptr) refuse(*found, "was given twice");
    given_[at] = &each;
  }

  void place_next(const import_input& each) {
    const auto free = std::find(given_.begin(), given_.end(), nullptr);
    if (free == given_.end())
      refuse("the model takes " + std::to_string(inputs_.size()) + " inputs (" +
             listed_names(inputs_) + "), and more were given");
    *free = &each;
  }

  void check_missing() const {
    std::string missing, flags;
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      if (!inputs_[i].other.empty()) refuse(inputs_[i], "is " + inputs_[i].other + ", no tensor");
      if (given_[i] != nullptr || !is_open(inputs_[i])) continue;
      const auto name = printable(inputs_[i].name);
      missing += (missing.empty() ? "`" : ", `") + name + "` (" + sizes_text(inputs_[i]) + ")";
      flags += " --input " + name + "=" + example_of(inputs_[i]);
    }
    if (!missing.empty())
      refuse("the file leaves sizes of its inputs open: " + missing + "; say them, such as `" +
             flags.substr(1) + "`");
  }

  onnx_binding bind(const onnx_value& input, const import_input* given) {
    onnx_binding out{
        input.name,
        {},
        scalar_type_of(input.type, file_ + ": the input `" + printable(input.name) + "`")};
    if (is_half(input.type)) out.half = input.type;
    if (given != nullptr && given->type && scalar_type(*given->type) != out.type)
      refuse(input, "is of " + name_of(input.type) + " in the file");
    const bool is_scalar = input.shape && input.shape->empty();
    const bool is_value = given != nullptr && (given->text.starts_with("[") || is_scalar);
    if (given != nullptr && !is_value) {
      if (given->shape.empty())
        refuse(input,
               "is a tensor, and its shape must be sizes with an x between them, such as "
               "1x3x224x224, not " +
                   quoted(printable(given->text)));
      out.shape = given->shape;
      agree(input, out.shape);
    } else if (!is_open(input)) {
      for (const auto& size : *input.shape) out.shape.push_back(std::get<std::int64_t>(size));
    }
    if (is_value) {
      out.value = values_given(input, given->text, out.type);
      if (is_open(input))
        out.shape = out.value.sizes().vec();
      else if (bounded_element_count(out.shape) != out.value.numel())
        refuse(input, "was given " + std::to_string(out.value.numel()) + " numbers, and is " +
                          format_shape(out.shape));
      else
        out.value = out.value.reshape(out.shape);
    }
    if (!out.value.defined() && bounded_element_count(out.shape) == 0)
      out.value = at::empty(out.shape, out.type);  // nothing is there to be given
    if (bounded_element_count(out.shape).value_or(INT64_MAX) > defaults::onnx_grown_elements_limit)
      refuse(input,
             "is " + format_shape(out.shape) + ", too large for the machines that are meant");
    return out;
  }

  /// A size of one name is the same everywhere.
  void agree(const onnx_value& input, const std::vector<std::int64_t>& shape) {
    if (!input.shape) return;
    bool fits = shape.size() == input.shape->size();
    for (std::size_t i = 0; fits && i < shape.size(); ++i) {
      const auto& size = (*input.shape)[i];
      if (const auto* number = std::get_if<std::int64_t>(&size)) {
        fits = *number == shape[i];
      } else if (const auto& name = std::get<std::string>(size); !name.empty()) {
        const auto [known, added] = sizes_.emplace(name, shape[i]);
        if (known->second != shape[i])
          refuse("the size " + printable(name) + " cannot be " + std::to_string(known->second) +
                 " and " + std::to_string(shape[i]));
      }
    }
    if (!fits)
      refuse(input,
             "is " + sizes_text(input) + " in the file, and " + format_shape(shape) + " was given");
  }

  /// "[1,3,640,640]", or one number.
  at::Tensor values_given(const onnx_value& input, const std::string& text,
                          at::ScalarType type) const {
    auto list = text;
    if (list.starts_with("[")) list = list.substr(1, list.ends_with("]") ? list.size() - 2 : 0);
    std::vector<double> numbers;
    std::vector<std::int64_t> whole;
    for (std::size_t begin = 0; begin < list.size();) {
      const auto end = std::min(list.find(',', begin), list.size());
      const auto number = list.substr(begin, end - begin);
      const auto what = file_ + ": the input `" + printable(input.name) + "`";
      if (at::isFloatingType(type))
        numbers.push_back(parse_number(number, -1e300, 1e300, what));
      else
        whole.push_back(parse_integer(number, INT64_MIN, INT64_MAX, what));
      begin = end + 1;
    }
    return at::isFloatingType(type) ? at::tensor(numbers, at::kDouble).to(type)
                                    : at::tensor(whole, at::kLong).to(type);
  }

  const std::vector<onnx_value>& inputs_;
  const std::string& file_;
  std::vector<const import_input*> given_;
  std::map<std::string, std::int64_t> sizes_;
};

}  // namespace

std::vector<onnx_binding> bind_onnx_inputs(const std::vector<onnx_value>& inputs,
                                           const import_inputs& given, const std::string& file) {
  return binder{inputs, given, file}.run();
}

}  // namespace bramble
