#pragma once

#include <cereal/archives/binary.hpp>
#include <cereal/cereal.hpp>
#include <cereal/types/array.hpp>
#include <cereal/types/map.hpp>
#include <cereal/types/optional.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/utility.hpp>
#include <cereal/types/variant.hpp>
#include <cereal/types/vector.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "config/base/error.hpp"

namespace bramble {

using byte_vector = std::vector<std::uint8_t>;
using byte_span = std::span<const std::uint8_t>;

/// Writes plain-data structs as little-endian bytes. All our machines (amd64, arm64) are
/// little-endian; the magic numbers in front of files and messages would show a foreign one.
class byte_writer : public cereal::OutputArchive<byte_writer, cereal::AllowEmptyClassElision> {
 public:
  explicit byte_writer(byte_vector& out) : OutputArchive(this), out_{out} {}

  void put(const void* data, std::size_t size) {
    const auto* from = static_cast<const std::uint8_t*>(data);
    out_.insert(out_.end(), from, from + size);
  }

 private:
  byte_vector& out_;
};

/// Reads what `byte_writer` wrote. Unlike cereal's own binary archive it looks before it allocates:
/// an announced length can never exceed the bytes that are left, and a vector grows as its elements
/// are read, so hostile input costs a small multiple of its own size in memory.
class byte_reader : public cereal::InputArchive<byte_reader, cereal::AllowEmptyClassElision> {
 public:
  explicit byte_reader(byte_span in) : InputArchive(this), in_{in} {}

  void take(void* data, std::size_t size) {
    if (size > in_.size()) throw user_error("the data ends too early");
    if (size != 0) std::memcpy(data, in_.data(), size);
    in_ = in_.subspan(size);
  }

  void check_length(std::uint64_t elements) const {
    if (elements > in_.size()) throw user_error("a length in the data exceeds the data");
  }

  bool at_end() const { return in_.empty(); }

 private:
  byte_span in_;
};

template <class T>
requires std::is_arithmetic_v<T>
void CEREAL_SAVE_FUNCTION_NAME(byte_writer& out, const T& value) {
  out.put(&value, sizeof value);
}

template <class T>
requires std::is_arithmetic_v<T>
void CEREAL_LOAD_FUNCTION_NAME(byte_reader& in, T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    // Any byte but 0 and 1 in a bool is undefined behaviour, and nobody wrote it.
    std::uint8_t raw = 0;
    in.take(&raw, 1);
    if (raw > 1) throw user_error("a truth value in it is neither 0 nor 1");
    value = raw == 1;
  } else {
    in.take(&value, sizeof value);
  }
}

template <class T>
void CEREAL_SERIALIZE_FUNCTION_NAME(byte_writer& out, cereal::NameValuePair<T>& pair) {
  out(pair.value);
}

template <class T>
void CEREAL_SERIALIZE_FUNCTION_NAME(byte_reader& in, cereal::NameValuePair<T>& pair) {
  in(pair.value);
}

template <class T>
void CEREAL_SAVE_FUNCTION_NAME(byte_writer& out, const cereal::SizeTag<T>& tag) {
  out(static_cast<std::uint64_t>(tag.size));
}

template <class T>
void CEREAL_LOAD_FUNCTION_NAME(byte_reader& in, cereal::SizeTag<T>& tag) {
  std::uint64_t size = 0;
  in(size);
  in.check_length(size);
  tag.size = static_cast<std::decay_t<decltype(tag.size)>>(size);
}

/// Element by element: a length that fits the bytes left could still be hundreds of times too large
/// for elements of that many bytes each, and memory for all of them at once is what it would cost.
template <class T>
requires(!std::is_arithmetic_v<T>) void CEREAL_LOAD_FUNCTION_NAME(byte_reader& in,
                                                                  std::vector<T>& values) {
  std::size_t size = 0;
  in(cereal::make_size_tag(size));
  values.clear();
  for (std::size_t i = 0; i < size; ++i) in(values.emplace_back());
}

template <class T>
void CEREAL_SAVE_FUNCTION_NAME(byte_writer& out, const cereal::BinaryData<T>& data) {
  out.put(data.data, static_cast<std::size_t>(data.size));
}

template <class T>
void CEREAL_LOAD_FUNCTION_NAME(byte_reader& in, cereal::BinaryData<T>& data) {
  in.take(data.data, static_cast<std::size_t>(data.size));
}

template <class T>
byte_vector encode(const T& value) {
  byte_vector out;
  byte_writer writer{out};
  writer(value);
  return out;
}

/// Decodes exactly one T from `bytes`. `what` names the source for the message ("plan from pi2",
/// a file name). Throws `user_error` for anything that is not exactly one T.
template <class T>
T decode(byte_span bytes, const std::string& what) {
  try {
    byte_reader reader{bytes};
    T value{};
    reader(value);
    if (!reader.at_end()) throw user_error("there are bytes after the end");
    return value;
  } catch (const std::exception& e) {
    throw user_error(what + " is damaged or of another version: " + e.what() + ".");
  }
}

}  // namespace bramble

// cereal wants every pair of archives to know each other.
CEREAL_REGISTER_ARCHIVE(bramble::byte_writer)
CEREAL_REGISTER_ARCHIVE(bramble::byte_reader)
CEREAL_SETUP_ARCHIVE_TRAITS(bramble::byte_reader, bramble::byte_writer)
