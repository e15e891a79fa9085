#pragma once

#include <string>
#include <vector>

#include "config/base/codec.hpp"

namespace bramble::gateway {

/// A part of a form. `content` lies in the body that was read.
struct form_part {
  std::string name;      ///< of the field
  std::string filename;  ///< empty where it is no file
  std::string type;      ///< of its content; empty where it does not say
  byte_span content;
};

/// Whether a Content-Type is that of a form with files (RFC 7578).
bool is_multipart(const std::string& content_type);

/// The parts of a form, in their order. Throws `user_error` for a body that is none, that has no
/// end, or more parts than defaults::gateway_form_parts_most. Copies no content. Safe for hostile
/// bytes. Any thread.
std::vector<form_part> read_multipart(byte_span body, const std::string& content_type);

}  // namespace bramble::gateway
