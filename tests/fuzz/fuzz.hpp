#pragma once

#include <cstdlib>

#include "config/base/codec.hpp"

/// What a decoder promises for any bytes: a value, or a `user_error` whose text is fit for a
/// terminal. Anything else that is thrown ends the run.
template <class Action>
void succeeds_or_complains(Action action) {
  try {
    action();
  } catch (const bramble::user_error& e) {
    for (const char* c = e.what(); *c != '\0'; ++c)
      if (static_cast<unsigned char>(*c) < ' ') std::abort();
  }
}

/// A property of a decoder that does not hold.
inline void must(bool holds) {
  if (!holds) std::abort();
}
