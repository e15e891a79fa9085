#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "actors/transport/front/basp_header.hpp"
#include "actors/transport/front/basp_payload.hpp"
#include "actors/transport/front/identity.hpp"

namespace bramble::test {

/// Writes what CAF 0.17.6 writes: payloads, and whole messages with their header.
class basp_writer {
 public:
  basp_writer& number(std::uint64_t value, std::size_t bytes) {
    for (std::size_t i = bytes; i-- != 0;)
      bytes_.push_back(i < 8 ? static_cast<std::uint8_t>(value >> (8 * i) & 0xFF) : 0);
    return *this;
  }
  basp_writer& length(std::uint64_t value) {
    for (; value > 0x7F; value >>= 7) bytes_.push_back(static_cast<std::uint8_t>(value | 0x80));
    bytes_.push_back(static_cast<std::uint8_t>(value));
    return *this;
  }
  basp_writer& text(const std::string& value) {
    length(value.size());
    bytes_.insert(bytes_.end(), value.begin(), value.end());
    return *this;
  }
  basp_writer& atom(const std::string& name) { return number(basp::atom(name), 8); }
  basp_writer& node(const process_identity& id) {
    atom("default").number(id.process, 4);
    bytes_.insert(bytes_.end(), id.host.begin(), id.host.end());
    return *this;
  }
  /// What stands before the values of a message: nobody on its way, and the names of its types.
  basp_writer& types(std::initializer_list<const char*> names, bool in_message = true) {
    if (in_message) length(0);
    std::string all = "@<>";
    for (const auto* each : names) all += std::string{"+"} + each;
    return number(0, 2).text(all);
  }
  basp_writer& raw(const std::vector<std::uint8_t>& more) {
    bytes_.insert(bytes_.end(), more.begin(), more.end());
    return *this;
  }
  const std::vector<std::uint8_t>& bytes() const { return bytes_; }

 private:
  std::vector<std::uint8_t> bytes_;
};

struct basp_message {
  basp::header head;
  std::vector<std::uint8_t> payload;

  std::vector<std::uint8_t> bytes() const {
    const auto block = basp::encode_header(head);
    std::vector<std::uint8_t> out(block.begin(), block.end());
    out.insert(out.end(), payload.begin(), payload.end());
    return out;
  }
};

inline basp_message message_of(basp::operation kind, const basp_writer& payload) {
  basp_message out;
  out.head.operation = kind;
  out.payload = payload.bytes();
  out.head.payload_bytes = static_cast<std::uint32_t>(out.payload.size());
  return out;
}

inline basp_message client_handshake(const process_identity& who) {
  return message_of(basp::operation::client_handshake, basp_writer{}.node(who));
}

inline basp_message server_handshake(const process_identity& who, std::uint64_t face) {
  auto out = message_of(basp::operation::server_handshake, basp_writer{}
                                                               .node(who)
                                                               .length(1)
                                                               .text("bramble/3")
                                                               .number(face, 8)
                                                               .length(1)
                                                               .text("typed_actor<>"));
  out.head.operation_data = 3;
  return out;
}

inline constexpr std::uint64_t async_number = 1ULL << 60;
inline constexpr std::uint64_t response_bit = 1ULL << 63;

inline basp_message direct(std::uint64_t from, std::uint64_t to, std::uint64_t number,
                           const basp_writer& payload) {
  auto out = message_of(basp::operation::direct_message, payload);
  out.head.source_actor = from;
  out.head.destination_actor = to;
  out.head.operation_data = number;
  return out;
}

/// CAF's own greeting of a process that it met.
inline basp_message caf_greeting(std::uint64_t from) {
  auto out =
      direct(from, basp::atom("SpawnServ"), async_number,
             basp_writer{}.types({"@atom", "@atom", "@str"}).atom("sys").atom("get").text("info"));
  out.head.flags = basp::named_receiver;
  return out;
}

}  // namespace bramble::test
