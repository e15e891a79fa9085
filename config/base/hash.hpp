#pragma once

#include <cstdint>
#include <string>

#include "config/base/codec.hpp"

namespace bramble {

/// SHA-256 as 64 lower-case hexadecimal digits.
std::string sha256_hex(byte_span bytes);

/// SHA-256 of a file's content, read in blocks. Throws `user_error` when it cannot be read.
std::string sha256_hex_of_file(const std::string& path);

/// The first 64 bits of the SHA-256: short keys for plans on the wire.
std::uint64_t sha256_prefix(byte_span bytes);

}  // namespace bramble
