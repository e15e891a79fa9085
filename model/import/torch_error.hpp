#pragma once

#include <exception>
#include <string>
#include <utility>

#include "config/base/error.hpp"

namespace bramble {

/// The line of LibTorch's report that says why: without backtraces, source listings and a final
/// dot.
std::string reason_of(const std::exception& error);

/// Runs `action`; whatever LibTorch throws becomes a `user_error` of the form "PLACE: REASON.".
template <class Action>
auto with_torch_errors(const std::string& place, Action&& action) {
  try {
    return std::forward<Action>(action)();
  } catch (const user_error&) {
    throw;
  } catch (const std::exception& error) {
    throw user_error(place + ": " + reason_of(error) + ".");
  }
}

}  // namespace bramble
