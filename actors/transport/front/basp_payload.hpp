#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/transport/front/identity.hpp"
#include "config/base/codec.hpp"

namespace bramble::basp {

/// A short name as CAF writes it: 6 bits for each character behind four ones.
constexpr std::uint64_t atom(std::string_view name) {
  constexpr std::string_view letters =
      " 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
  std::uint64_t out = 0xF;
  for (const char each : name) out = out << 6 | letters.find(each);
  return out;
}

/// Reads what CAF's binary serialiser wrote, without believing any length in it. Every function
/// throws `user_error` with the rest of a sentence that begins with the peer's name.
class payload_reader {
 public:
  explicit payload_reader(byte_span in) : in_{in} {}

  std::uint64_t number(std::size_t bytes);
  /// How many elements, or bytes, follow; never more than there are bytes.
  std::size_t length();
  std::string_view text();
  void block();
  /// Nothing for "no node".
  std::optional<process_identity> node();
  void end() const;

 private:
  byte_span take(std::size_t size);

  byte_span in_;
};

/// What a message consists of.
struct message_types {
  std::vector<std::string_view> names;
  std::vector<process_identity> nodes;  ///< whose actors it speaks of

  bool are(std::initializer_list<std::string_view> wanted) const;
};

/// Reads a message of the types that Bramble's nodes send each other: its own, which are blocks of
/// bytes that their decoders check (actors/protocol/messages.hpp), and CAF's plain ones. Others CAF
/// would take as well: messages in messages without end, vectors of any length, orders to exit.
message_types read_message(payload_reader& from);

/// CAF's error: its number, its kind, and a message of plain values.
void read_error(payload_reader& from);

}  // namespace bramble::basp
