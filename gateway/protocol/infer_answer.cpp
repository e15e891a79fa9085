#include "gateway/protocol/infer_answer.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "config/base/half.hpp"
#include "config/format.hpp"
#include "gateway/protocol/datatypes.hpp"
#include "gateway/protocol/number_list.hpp"
#include "gateway/protocol/refusal.hpp"
#include "model/graph/element_name.hpp"
#include "model/plan/plan.hpp"

namespace bramble::gateway {
namespace {

template <class Element>
Element element_at(byte_span bytes, std::size_t index) {
  Element value{};
  std::memcpy(&value, bytes.data() + index * sizeof value, sizeof value);
  return value;
}

/// For comparing; INT64 beyond 2^53 is of no classifier.
double value_at(const host_tensor& tensor, std::size_t index) {
  switch (tensor.type) {
    case element_type::f32:
      return element_at<float>(tensor.bytes, index);
    case element_type::f16:
      return from_half(element_at<std::uint16_t>(tensor.bytes, index));
    case element_type::f64:
      return element_at<double>(tensor.bytes, index);
    case element_type::i64:
      return static_cast<double>(element_at<std::int64_t>(tensor.bytes, index));
    case element_type::i32:
      return element_at<std::int32_t>(tensor.bytes, index);
    case element_type::i16:
      return element_at<std::int16_t>(tensor.bytes, index);
    case element_type::i8:
      return element_at<std::int8_t>(tensor.bytes, index);
    case element_type::u8:
    case element_type::boolean:
      break;
  }
  return element_at<std::uint8_t>(tensor.bytes, index);
}

std::string value_text(const host_tensor& tensor, std::size_t index) {
  std::string out;
  if (tensor.type == element_type::f16) {
    const auto value = from_half(element_at<std::uint16_t>(tensor.bytes, index));
    append_numbers(out, element_type::f32,
                   {reinterpret_cast<const std::uint8_t*>(&value), sizeof value}, "The output");
  } else {
    const auto size = size_of(tensor.type);
    append_numbers(out, tensor.type, byte_span{tensor.bytes}.subspan(index * size, size),
                   "The output");
  }
  return out;
}

std::string shape_json(const std::vector<std::int64_t>& shape) {
  std::string out = "[";
  for (std::size_t i = 0; i < shape.size(); ++i)
    out += (i != 0 ? "," : "") + std::to_string(shape[i]);
  return out + "]";
}

/// What the shelf says of how it answered.
std::string parameters_json(const infer_reply& reply) {
  const auto number = [](double value) { return fixed(value, 3); };
  std::string out = "{\"host\":" + json_string(reply.host);
  out += ",\"nodes\":" + json_string(joined(reply.nodes));
  out += ",\"method\":" + json_string(reply.method);
  out += ",\"epoch\":" + std::to_string(reply.epoch);
  out += ",\"latency_ms\":" + number(reply.latency_ms);
  out += ",\"predicted_ms\":" + number(reply.predicted_ms);
  out += ",\"queued_ms\":" + number(reply.queued_ms);
  out += ",\"attempts\":" + std::to_string(reply.attempts);
  out += ",\"wire\":" + json_string(name_of(reply.wire));
  out += std::string{",\"exact\":"} + (reply.exact ? "true" : "false");
  return out + "}";
}

/// BYTES in binary: each text behind its length, four bytes, the lowest first.
void append_text_bytes(std::string& out, const std::vector<std::string>& texts) {
  for (const auto& each : texts) {
    const auto size = static_cast<std::uint32_t>(each.size());
    for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(size >> shift & 0xFFU);
    out += each;
  }
}

/// One output of the response, and behind the JSON what of it is binary.
class answer_writer {
 public:
  void add(const named_form& form, const host_tensor& tensor, const asked_output& asked,
           bool binary, const std::vector<std::string>& labels) {
    if (!json_.empty()) json_ += ',';
    json_ += "{\"name\":" + json_string(form.name);
    const auto what = "Output " + form.name;
    if (asked.classes != 0) {
      const auto texts = classes_of(tensor, asked.classes, labels, what);
      const auto rows = tensor.shape.size() > 1 ? tensor.shape[0] : 1;
      const auto each = static_cast<std::int64_t>(texts.size()) / std::max<std::int64_t>(rows, 1);
      json_ += ",\"datatype\":\"BYTES\",\"shape\":" +
               shape_json(tensor.shape.size() > 1 ? std::vector{rows, each} : std::vector{each});
      binary ? add_binary(texts) : add_texts(texts);
    } else {
      json_ += std::string{",\"datatype\":\""} + datatype_of(tensor.type) +
               "\",\"shape\":" + shape_json(tensor.shape);
      if (binary) {
        announce(tensor.bytes.size());
        tail_.append(reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size());
      } else {
        json_ += ",\"data\":[";
        append_numbers(json_, tensor.type, tensor.bytes, what);
        json_ += ']';
      }
    }
    json_ += '}';
    any_binary_ = any_binary_ || binary;
  }

  encoded_answer finish(const std::string& head) && {
    encoded_answer out{head + json_ + "]}", 0};
    if (any_binary_) out.json_bytes = out.body.size();
    out.body += tail_;
    return out;
  }

 private:
  void announce(std::size_t bytes) {
    json_ += ",\"parameters\":{\"binary_data_size\":" + std::to_string(bytes) + "}";
  }

  void add_binary(const std::vector<std::string>& texts) {
    const auto before = tail_.size();
    append_text_bytes(tail_, texts);
    announce(tail_.size() - before);
  }

  void add_texts(const std::vector<std::string>& texts) {
    json_ += ",\"data\":[";
    for (std::size_t i = 0; i < texts.size(); ++i)
      json_ += (i != 0 ? "," : "") + json_string(texts[i]);
    json_ += ']';
  }

  std::string json_;
  std::string tail_;
  bool any_binary_ = false;
};

}  // namespace

std::vector<std::string> classes_of(const host_tensor& tensor, std::size_t count,
                                    const std::vector<std::string>& labels,
                                    const std::string& what) {
  const auto& shape = tensor.shape;
  if (shape.empty() || shape.size() > 2)
    throw user_error(what + " has the shape " + format_shape(shape) +
                     ", and classes are those of a row of values.");
  const auto width = static_cast<std::size_t>(shape.back());
  const auto rows = shape.size() == 2 ? static_cast<std::size_t>(shape[0]) : 1;
  const auto most = std::min(count, width);
  std::vector<std::string> out;
  out.reserve(rows * most);
  std::vector<std::size_t> order(width);
  for (std::size_t row = 0; row < rows; ++row) {
    std::iota(order.begin(), order.end(), row * width);
    for (const auto index : order)
      if (std::isnan(value_at(tensor, index)))
        throw user_error(what + " has a value that is no number, and no order therefore.");
    std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(most),
                              [&](std::size_t a, std::size_t b) {
                                const auto x = value_at(tensor, a), y = value_at(tensor, b);
                                return x != y ? x > y : a < b;
                              });
    for (std::size_t i = 0; i < most; ++i) {
      const auto index = order[i] - row * width;
      out.push_back(value_text(tensor, order[i]) + ":" + std::to_string(index) +
                    (labels.size() == width ? ":" + labels[index] : std::string{}));
    }
  }
  return out;
}

encoded_answer encode_inference(const model_card& card, const asked_inference& asked,
                                const infer_reply& reply) {
  if (reply.outputs.size() != card.outputs.size())
    throw refusal(502, "The shelf answered with " + std::to_string(reply.outputs.size()) +
                           " outputs, and model " + card.name + " has " +
                           std::to_string(card.outputs.size()) + ".");
  std::string head = "{\"model_name\":" + json_string(card.name) +
                     ",\"model_version\":" + json_string(version_of(card));
  if (asked.id) head += ",\"id\":" + json_string(*asked.id);
  head += ",\"parameters\":" + parameters_json(reply) + ",\"outputs\":[";
  answer_writer writer;
  const auto add = [&](const asked_output& wanted) {
    const auto at = std::ranges::find(card.outputs, wanted.name, &named_form::name);
    const auto index = static_cast<std::size_t>(at - card.outputs.begin());
    writer.add(*at, reply.outputs[index], wanted, wanted.binary.value_or(asked.binary_output),
               card.labels);
  };
  if (asked.outputs.empty())
    for (const auto& each : card.outputs) add({each.name, std::nullopt, 0});
  else
    for (const auto& each : asked.outputs) add(each);
  return std::move(writer).finish(head);
}

}  // namespace bramble::gateway
