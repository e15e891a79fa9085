#pragma once

#include <caf/all.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace bramble {

/// What becomes of a question to several.
template <class Reply>
struct answers {
  std::function<void(const std::string& name, const Reply&)> answered;
  std::function<void(const std::string& name, const caf::error&)> failed;
  std::function<void()> done;  ///< once each has answered or failed to; at once of nobody
};

/// Asks each of `whom`, pairs of a name and a handle, the same; all of it runs in `self`.
template <class Reply, class Self, class Whom, class... Args>
void ask_all(Self* self, const Whom& whom, std::chrono::milliseconds patience, answers<Reply> use,
             const Args&... args) {
  if (whom.empty()) return use.done();
  const auto open = std::make_shared<std::size_t>(whom.size());
  const auto shared = std::make_shared<answers<Reply>>(std::move(use));
  const auto settle = [=] {
    if (--*open == 0) shared->done();
  };
  for (const auto& [name, handle] : whom)
    self->request(handle, patience, args...)
        .then(
            [=, who = name](const Reply& reply) {
              shared->answered(who, reply);
              settle();
            },
            [=, who = name](caf::error& e) {
              shared->failed(who, e);
              settle();
            });
}

}  // namespace bramble
