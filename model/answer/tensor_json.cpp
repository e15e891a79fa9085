#include "model/answer/tensor_json.hpp"

#include <charconv>
#include <cmath>
#include <cstring>
#include <filesystem>

#include "config/base/error.hpp"
#include "config/base/half.hpp"
#include "config/defaults_answer.hpp"
#include "model/graph/element_name.hpp"

namespace bramble {
namespace {

template <class Number>
void append_text(std::string& out, Number value) {
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  out.append(text, end);
}

std::string with_ending(const std::string& file, const char* ending) {
  return std::filesystem::path{file}.replace_extension(ending).string();
}

template <class Element>
Element element_at(const host_tensor& tensor, std::size_t index) {
  Element value{};
  std::memcpy(&value, tensor.bytes.data() + index * sizeof value, sizeof value);
  return value;
}

class json_writer {
 public:
  explicit json_writer(const std::string& file) : file_{file} {}

  void add(const named_tensor& each) {
    const auto& tensor = *each.tensor;
    text += "{\"name\": " + json_text_of(each.name) + ", \"dtype\": \"" + name_of(tensor.type) +
            "\", \"shape\": [";
    for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
      if (i != 0) text += ", ";
      append_text(text, tensor.shape[i]);
    }
    text += "], \"data\": ";
    std::size_t next = 0;
    nest(tensor, 0, next);
    text += "}";
  }

  /// A name as JSON has it. Names are printable texts.
  static std::string json_text_of(const std::string& name) {
    std::string out = "\"";
    for (const char c : name) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    return out + "\"";
  }

  std::string text;

 private:
  void nest(const host_tensor& tensor, std::size_t axis, std::size_t& next) {
    if (axis == tensor.shape.size()) return put(tensor, next++);
    text += '[';
    for (std::int64_t i = 0; i < tensor.shape[axis]; ++i) {
      if (i != 0) text += axis + 1 == tensor.shape.size() ? ", " : ",\n";
      nest(tensor, axis + 1, next);
    }
    text += ']';
  }

  template <class Float>
  void put_real(Float value) {
    if (!std::isfinite(value))
      throw user_error(file_ +
                       ": the answer has a value that is infinite or no number, for which JSON has "
                       "no word; type --output " +
                       with_ending(file_, ".npz") + ".");
    append_text(text, value);
  }

  void put(const host_tensor& tensor, std::size_t i) {
    switch (tensor.type) {
      case element_type::f32:
        return put_real(element_at<float>(tensor, i));
      case element_type::f16:
        return put_real(from_half(element_at<std::uint16_t>(tensor, i)));
      case element_type::f64:
        return put_real(element_at<double>(tensor, i));
      case element_type::i64:
        return append_text(text, element_at<std::int64_t>(tensor, i));
      case element_type::i32:
        return append_text(text, element_at<std::int32_t>(tensor, i));
      case element_type::i16:
        return append_text(text, element_at<std::int16_t>(tensor, i));
      case element_type::i8:
        return append_text(text, int{element_at<std::int8_t>(tensor, i)});
      case element_type::u8:
        return append_text(text, int{element_at<std::uint8_t>(tensor, i)});
      case element_type::boolean:
        break;
    }
    text += element_at<std::uint8_t>(tensor, i) != 0 ? "true" : "false";
  }

  const std::string& file_;
};

}  // namespace

std::string encode_json(const std::string& model, const std::vector<named_tensor>& tensors,
                        const std::string& file) {
  std::uint64_t elements = 0;
  for (const auto& each : tensors) {
    elements += element_count(each.tensor->shape);
    if (each.tensor->bytes.size() != element_count(each.tensor->shape) * size_of(each.tensor->type))
      throw std::invalid_argument("a tensor with as many bytes as its shape says");
  }
  if (elements > defaults::json_elements_most)
    throw user_error(file + ": the answer has " + std::to_string(elements) +
                     " numbers, and JSON is written of at most " +
                     std::to_string(defaults::json_elements_most) + "; type --output " +
                     with_ending(file, tensors.size() == 1 ? ".npy" : ".npz") + ".");
  json_writer out{file};
  out.text = "{\"model\": " + json_writer::json_text_of(model) + ", \"outputs\": [\n";
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (i != 0) out.text += ",\n";
    out.add(tensors[i]);
  }
  return std::move(out.text) + "\n]}\n";
}

}  // namespace bramble
