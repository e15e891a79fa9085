#include "model/import/onnx/file/wire_limits.hpp"

#include <optional>

#include "config/defaults_onnx.hpp"

namespace bramble {
namespace {

/// The messages of onnx.proto that can hold others in numbers.
enum class message {
  leaf,
  model,
  graph,
  node,
  attribute,
  tensor,
  value,
  type,
  tensor_type,
  list_type,
  map_type,
  shape,
  function
};

/// What the field of a message is, if it is a message: the numbers are those of onnx.proto.
std::optional<message> inside(message outer, std::uint32_t field) {
  switch (outer) {
    case message::model:
      if (field == 7) return message::graph;
      if (field == 25) return message::function;
      if (field == 8 || field == 14 || field == 20) return message::leaf;
      return {};
    case message::graph:
      if (field == 1) return message::node;
      if (field == 5) return message::tensor;
      if (field >= 11 && field <= 13) return message::value;
      if (field == 14 || field == 15) return message::leaf;
      return {};
    case message::function:
      if (field == 7) return message::node;
      if (field == 9) return message::leaf;
      if (field == 11) return message::attribute;
      return {};
    case message::node:
      if (field == 5) return message::attribute;
      return {};
    case message::attribute:
      if (field == 5 || field == 10) return message::tensor;
      if (field == 6 || field == 11) return message::graph;
      if (field == 14 || field == 15 || field == 22 || field == 23) return message::leaf;
      return {};
    case message::value:
      if (field == 2) return message::type;
      return {};
    case message::type:
      if (field == 1 || field == 8) return message::tensor_type;
      if (field == 4 || field == 9) return message::list_type;
      if (field == 5) return message::map_type;
      return {};
    case message::tensor_type:
      if (field == 2) return message::shape;
      return {};
    case message::list_type:
      if (field == 1) return message::type;
      return {};
    case message::map_type:
      if (field == 2) return message::type;
      return {};
    case message::shape:
      if (field == 1) return message::leaf;
      return {};
    case message::tensor:
      if (field == 3 || field == 13) return message::leaf;
      return {};
    case message::leaf:
      return {};
  }
  return {};
}

class walk {
 public:
  walk(byte_span bytes, const std::string& place) : bytes_{bytes}, place_{place} {}

  void run() {
    if (bytes_.empty()) throw user_error(place_ + ": the file is empty.");
    message_at(0, bytes_.size(), message::model, 0);
    if (graphs_ == 0)
      throw user_error(place_ +
                       ": this is no ONNX file; export one, in PyTorch with "
                       "`torch.onnx.export(model, example, \"model.onnx\")`.");
  }

 private:
  enum wire : std::uint32_t { varint = 0, eight = 1, length = 2, four = 5 };

  [[noreturn]] void refuse() const {
    throw user_error(place_ + ": the file is damaged or no ONNX (at byte " + std::to_string(at_) +
                     " of " + std::to_string(bytes_.size()) + ").");
  }

  std::uint64_t number(std::size_t end) {
    std::uint64_t out = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (at_ >= end) refuse();
      const auto byte = bytes_[at_++];
      out |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if ((byte & 0x80) == 0) return out;
    }
    refuse();
  }

  void step_over(std::uint64_t count, std::size_t end) {
    if (count > end - at_) refuse();
    at_ += count;
  }

  void count_in(message kind) {
    if (++messages_ > defaults::onnx_messages_limit)
      throw user_error(place_ + ": the file holds more than " +
                       std::to_string(defaults::onnx_messages_limit) +
                       " entries, which no network needs.");
    if (kind == message::node && ++nodes_ > defaults::onnx_nodes_limit)
      throw user_error(place_ + ": the network has more than " +
                       std::to_string(defaults::onnx_nodes_limit) +
                       " nodes; no plan can be made for so many.");
    if (kind == message::graph) ++graphs_;
  }

  void message_at(std::size_t begin, std::size_t end, message kind, unsigned depth) {
    // Each graph in an attribute is three deep, and protobuf itself stops at 100.
    if (depth > 4 * defaults::onnx_depth_limit)
      throw user_error(place_ + ": the file nests graphs more than " +
                       std::to_string(defaults::onnx_depth_limit) + " deep.");
    at_ = begin;
    while (at_ < end) {
      const auto key = number(end);
      const auto field = static_cast<std::uint32_t>(key >> 3);
      if (key >> 3 == 0 || key >> 32 != 0) refuse();
      // Numbers and texts one by one take memory as messages do.
      if (++entries_ % 4 == 0) count_in(message::leaf);
      switch (key & 7) {
        case varint:
          number(end);
          break;
        case eight:
          step_over(8, end);
          break;
        case four:
          step_over(4, end);
          break;
        case length: {
          const auto size = number(end);
          if (size > end - at_) refuse();
          const auto next = at_ + size;
          if (const auto inner = inside(kind, field)) {
            count_in(*inner);
            message_at(at_, next, *inner, depth + 1);
          }
          at_ = next;
          break;
        }
        default:
          refuse();
      }
    }
  }

  byte_span bytes_;
  const std::string& place_;
  std::size_t at_ = 0;
  std::uint64_t messages_ = 0, entries_ = 0, nodes_ = 0, graphs_ = 0;
};

}  // namespace

void check_wire(byte_span bytes, const std::string& place) {
  walk{bytes, place}.run();
}

}  // namespace bramble
