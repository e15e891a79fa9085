#pragma once

#include <string>

#include "actors/protocol/messages.hpp"

namespace bramble {

/// Throws `user_error` for a change of an unknown kind, or to a value that makes no sense.
void validate(const runtime_override& what);

/// What is so on node `name` after it: a sentence without its full stop.
std::string effect_of(const runtime_override& what, const std::string& name);

}  // namespace bramble
