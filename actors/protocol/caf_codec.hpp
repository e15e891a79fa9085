#pragma once

#include <caf/binary_deserializer.hpp>
#include <caf/deserializer.hpp>
#include <caf/error.hpp>
#include <caf/serializer.hpp>

#include "config/base/codec.hpp"
#include "config/defaults.hpp"

namespace bramble {

/// Carries any cereal-serialisable struct through CAF as one block of bytes: CAF 0.17 copies a byte
/// block at once but walks vectors of anything else element by element, and it allocates what a
/// message announces before it looks whether that many bytes came.
template <class T>
caf::error save_as_bytes(caf::serializer& out, const T& value) {
  auto bytes = encode(value);
  auto size = bytes.size();
  if (auto error = out.begin_sequence(size)) return error;
  if (size != 0)
    if (auto error = out.apply_raw(size, bytes.data())) return error;
  return out.end_sequence();
}

template <class T>
caf::error load_from_bytes(caf::deserializer& in, T& value) {
  std::size_t size = 0;
  if (auto error = in.begin_sequence(size)) return error;
  if (size > defaults::control_message_limit_bytes) return caf::sec::invalid_argument;
  if (auto* buffered = dynamic_cast<caf::binary_deserializer*>(&in))
    if (size > buffered->remaining()) return caf::sec::end_of_stream;
  byte_vector bytes(size);
  if (size != 0)
    if (auto error = in.apply_raw(size, bytes.data())) return error;
  try {
    value = decode<T>(bytes, "a control message");
  } catch (const user_error&) {
    return caf::sec::invalid_argument;
  }
  return in.end_sequence();
}

/// Makes `T` (in namespace bramble) a CAF message type by the two functions above. The first only
/// declares, for a header; the second, in message_codec.cpp, defines: compiled in every file that
/// sends messages, the codecs of all types were half of what such a file took. A type name cannot
/// stand in parentheses.
// NOLINTBEGIN(bugprone-macro-parentheses)
#define BRAMBLE_MESSAGE(T)                             \
  caf::error inspect(caf::serializer& out, T& value);  \
  caf::error inspect(caf::deserializer& in, T& value); \
  inline std::string to_string(const T&) {             \
    return #T;                                         \
  }
#define BRAMBLE_MESSAGE_CODEC(T)                        \
  caf::error inspect(caf::serializer& out, T& value) {  \
    return save_as_bytes(out, value);                   \
  }                                                     \
  caf::error inspect(caf::deserializer& in, T& value) { \
    return load_from_bytes(in, value);                  \
  }
// NOLINTEND(bugprone-macro-parentheses)

}  // namespace bramble
