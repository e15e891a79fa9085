// What a message is about, beyond its types: looked at while somebody traces messages.
#include <algorithm>

#include "actors/internal/local_messages.hpp"
#include "actors/observing/message_kind.hpp"
#include "actors/transport/data_plane/frames.hpp"

namespace bramble {
namespace {

std::uint64_t bytes_in(const std::vector<host_tensor>& tensors) {
  std::uint64_t sum = 0;
  for (const auto& each : tensors) sum += each.bytes.size();
  return sum;
}

/// Atoms that stand before the number of a run.
bool is_about_run(caf::atom_value what) {
  static constexpr auto known = {caf::atom("abort"), caf::atom("late"), caf::atom("expire")};
  return std::ranges::count(known, what) != 0;
}

message_facts facts_at(const caf::type_erased_tuple& content, std::size_t at) {
  if (content.match_element<run_order>(at)) {
    const auto& order = content.get_as<run_order>(at);
    return {order.id, order.inputs ? bytes_in(*order.inputs) : 0};
  }
  if (content.match_element<run_result>(at))
    return {0, bytes_in(content.get_as<run_result>(at).outputs)};
  if (content.match_element<data_frame>(at)) {
    const auto& frame = content.get_as<data_frame>(at).content;
    const bool is_tensor = frame.header.kind == frame_kind::tensor;
    return {is_tensor ? read_tensor(frame.header).request : 0, frame.header.size};
  }
  if (content.match_element<run_failure>(at)) return {content.get_as<run_failure>(at).request, 0};
  if (content.match_element<infer_request>(at))
    return {0, bytes_in(content.get_as<infer_request>(at).inputs)};
  if (content.match_element<infer_reply>(at))
    return {0, bytes_in(content.get_as<infer_reply>(at).outputs)};
  if (content.match_element<tensor_part>(at))
    return {0, content.get_as<tensor_part>(at).bytes.size()};
  return {};
}

}  // namespace

message_facts facts_of(const caf::type_erased_tuple& content) {
  message_facts out;
  for (std::size_t i = 0; i < content.size(); ++i) {
    const auto found = facts_at(content, i);
    out.request = std::max(out.request, found.request);
    out.bytes += found.bytes;
  }
  const bool names_number = content.size() == 2 && content.match_element<std::uint64_t>(1) &&
                            content.matches(0, caf::type_nr<caf::atom_value>::value, nullptr);
  if (names_number && is_about_run(content.get_as<caf::atom_value>(0)))
    out.request = content.get_as<std::uint64_t>(1);
  return out;
}

}  // namespace bramble
