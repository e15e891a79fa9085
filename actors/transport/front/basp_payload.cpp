#include "actors/transport/front/basp_payload.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "config/base/error.hpp"

namespace bramble::basp {
namespace {

/// An actor's interface has at most so many values in a message.
constexpr std::size_t most_values = 8;

constexpr std::array<std::pair<std::string_view, std::size_t>, 12> fixed_sizes{{
    {"@atom", 8},
    {"@u8", 1},
    {"@u16", 2},
    {"@u32", 4},
    {"@u64", 8},
    {"@i8", 1},
    {"@i16", 2},
    {"@i32", 4},
    {"@i64", 8},
    {"bool", 1},
    {"float", 4},
    {"double", 8},
}};

enum class nesting : std::uint8_t { outermost, in_error };

std::string_view next_name(std::string_view& rest) {
  const auto end = rest.find('+');
  const auto name = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  return name;
}

/// Names come from outside and go into a log.
std::string printable(std::string_view name) {
  std::string out{name.substr(0, 40)};
  std::replace_if(
      out.begin(), out.end(), [](unsigned char c) { return c < ' ' || c > '~'; }, '?');
  return out;
}

message_types read_message(payload_reader& from, nesting where);

void read_value(payload_reader& from, std::string_view type, nesting where, message_types& into) {
  const auto* fixed = std::find_if(fixed_sizes.begin(), fixed_sizes.end(),
                                   [&](const auto& each) { return each.first == type; });
  if (fixed != fixed_sizes.end()) {
    from.number(fixed->second);
  } else if (type == "@str") {
    from.text();
  } else if (where == nesting::outermost && type == "@error") {
    read_error(from);
  } else if (where == nesting::outermost && type == "@strong_actor_ptr") {
    from.number(8);
    if (const auto node = from.node()) into.nodes.push_back(*node);
  } else if (where == nesting::outermost && type.substr(0, 9) == "bramble::") {
    from.block();
  } else {
    throw user_error("sent a value of type \"" + printable(type) + "\", which no node sends");
  }
}

message_types read_message(payload_reader& from, nesting where) {
  message_types out;
  if (from.number(2) != 0) throw user_error("sent a message without the names of its types");
  auto rest = from.text();
  if (rest == "@<>") return out;
  if (rest.substr(0, 4) != "@<>+")
    throw user_error("sent a message without the names of its types");
  rest.remove_prefix(4);
  do {
    if (out.names.size() == most_values) throw user_error("sent a message of too many values");
    out.names.push_back(next_name(rest));
    read_value(from, out.names.back(), where, out);
  } while (!rest.empty());
  return out;
}

}  // namespace

byte_span payload_reader::take(std::size_t size) {
  if (size > in_.size()) throw user_error("sent a message that ends too early");
  const auto out = in_.first(size);
  in_ = in_.subspan(size);
  return out;
}

std::uint64_t payload_reader::number(std::size_t bytes) {
  std::uint64_t out = 0;
  for (const auto each : take(bytes)) out = out << 8 | each;
  return out;
}

std::size_t payload_reader::length() {
  std::uint64_t out = 0;
  std::uint64_t byte = 0x80;
  for (unsigned shift = 0; (byte & 0x80) != 0; shift += 7) {
    if (shift > 28) throw user_error("sent a length that does not end");
    byte = number(1);
    out |= (byte & 0x7F) << shift;
  }
  if (out > in_.size()) throw user_error("sent a length beyond the end of its message");
  return static_cast<std::size_t>(out);
}

std::string_view payload_reader::text() {
  const auto bytes = take(length());
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void payload_reader::block() {
  take(length());
}

std::optional<process_identity> payload_reader::node() {
  const auto kind = number(8);
  if (kind == atom("")) return std::nullopt;
  if (kind != atom("default")) throw user_error("sent a node id that is none of Bramble's");
  process_identity out;
  out.process = static_cast<std::uint32_t>(number(4));
  const auto host = take(out.host.size());
  std::copy(host.begin(), host.end(), out.host.begin());
  return out;
}

void payload_reader::end() const {
  if (!in_.empty()) throw user_error("sent a message with something behind its end");
}

bool message_types::are(std::initializer_list<std::string_view> wanted) const {
  return std::equal(names.begin(), names.end(), wanted.begin(), wanted.end());
}

message_types read_message(payload_reader& from) {
  return read_message(from, nesting::outermost);
}

void read_error(payload_reader& from) {
  from.number(1);
  from.number(8);
  read_message(from, nesting::in_error);
}

}  // namespace bramble::basp
