#pragma once

#include <string>

#include "config/base/codec.hpp"

namespace bramble {

/// Walks over the bytes of an ONNX file without making anything of them, and throws `user_error`
/// (starting with `place`) for one that is cut short, is no such file, or announces more nodes and
/// messages than any network has: what protobuf makes of two bytes may take hundreds. Constants are
/// stepped over, so only the pages of a mapped file that describe the network are read.
void check_wire(byte_span bytes, const std::string& place);

}  // namespace bramble
