#pragma once

#include <caf/all.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace bramble {

/// Answers that are still to come; the last one, whichever it is, has `done` called.
class open_answers {
 public:
  explicit open_answers(std::function<void()> done) : done_{std::move(done)} {}
  void expect() { ++open_; }
  void came() {
    if (--open_ == 0) done_();
  }

 private:
  std::size_t open_ = 0;
  std::function<void()> done_;
};
using open_answers_ptr = std::shared_ptr<open_answers>;

/// Asks `handle`, as one of several. `answered` may ask more of the same.
template <class Reply, class Self, class Handle, class Answered, class Failed, class... Args>
void ask_one(Self* self, const open_answers_ptr& open, const Handle& handle,
             std::chrono::milliseconds patience, Answered answered, Failed failed,
             const Args&... args) {
  open->expect();
  self->request(handle, patience, args...)
      .then(
          [=](const Reply& reply) mutable {
            answered(reply);
            open->came();
          },
          [=](caf::error& e) mutable {
            failed(e);
            open->came();
          });
}

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
  const auto shared = std::make_shared<answers<Reply>>(std::move(use));
  const auto open = std::make_shared<open_answers>([shared] { shared->done(); });
  for (const auto& [name, handle] : whom)
    ask_one<Reply>(
        self, open, handle, patience,
        [shared, who = name](const Reply& reply) { shared->answered(who, reply); },
        [shared, who = name](const caf::error& e) { shared->failed(who, e); }, args...);
}

}  // namespace bramble
