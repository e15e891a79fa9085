#pragma once

#include <string>
#include <string_view>

#include "config/base/error.hpp"

/// The sentence of the `user_error` that `action` throws; empty when it throws nothing. Anything
/// else that it throws passes through and fails the test.
template <class Action>
std::string complaint_of(Action action) {
  try {
    action();
  } catch (const bramble::user_error& e) {
    return e.what();
  }
  return "";
}

/// One printable line that ends as sentences do: what a terminal may be shown.
inline bool is_sentence(std::string_view text) {
  if (!text.ends_with('.')) return false;
  for (const unsigned char c : text)
    if (c < ' ' || c == 0x7f) return false;
  return true;
}

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// For damaged input: whatever happens, it is a success or a sentence.
template <class Action>
bool succeeds_or_complains(Action action) {
  const auto said = complaint_of(action);
  return said.empty() || is_sentence(said);
}
