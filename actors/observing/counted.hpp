#pragma once

#include <atomic>
#include <caf/all.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "actors/observing/core/actor_board.hpp"
#include "actors/observing/message_kind.hpp"

namespace bramble {

/// An actor with counters, as others see it.
class counted_actor {
 public:
  virtual ~counted_actor() = default;
  virtual actor_counters& counters() = 0;
  /// Ends this actor, whose place `next` takes: what is sent to this one from now on goes there.
  virtual void replace_by(caf::strong_actor_ptr next) = 0;
};

/// An actor of CAF's class `Impl` with counters on a board: what arrives, what it works on, what
/// comes of it. CAF 0.17 has hooks for that (caf::actor_profiler), which Debian's build leaves out;
/// these two functions are called for each message all the same.
template <class Impl>
class counted final : public Impl, public counted_actor {
 public:
  using Impl::consume;
  using Impl::enqueue;

  counted(caf::actor_config& config, const actor_board_ptr& board, std::string name,
          std::uint64_t parent)
      : Impl{config},
        board_{board},
        counters_{board->add({std::move(name), this->id(), parent,
                              this->getf(caf::abstract_actor::is_detached_flag)},
                             this->clock().now())} {}

  actor_counters& counters() override { return *counters_; }

  void replace_by(caf::strong_actor_ptr next) override {
    {
      const std::lock_guard lock{replacing_};
      next_ = std::move(next);
    }
    if (is_replaced_.exchange(true)) return;
    Impl::enqueue(
        caf::make_mailbox_element(nullptr, caf::make_message_id(caf::message_priority::high), {},
                                  caf::exit_msg{this->address(), caf::exit_reason::kill}),
        nullptr);
  }

  /// Called by whoever sends.
  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit* where) override {
    if (is_replaced_.load(std::memory_order_relaxed)) return hand_on(std::move(what), where);
    if (board_->counts()) counters_->arrived(what.get(), this->clock().now());
    Impl::enqueue(std::move(what), where);
  }

  /// Called on the actor's thread. A handler that throws has ended, too.
  caf::invoke_message_result consume(caf::mailbox_element& what) override {
    if (!board_->counts()) return Impl::consume(what);
    struct ending {
      counted* self;
      bool stays = false;
      ~ending() { self->counters_->ends(stays, self->clock().now()); }
    };
    const auto key = key_of(what, this->node());
    const auto began = this->clock().now();
    const auto waited = counters_->begins(
        &what, key, [&] { return name_of_kind(what); }, began);
    ending end{this};
    if (board_->tap().is_on()) [[unlikely]]
      return consume_and_note(what, key, waited, end.stays);
    return work_on(what, end.stays);
  }

  bool cleanup(caf::error&& why, caf::execution_unit* where) override {
    counters_->closed(is_replaced_ ? "begun anew by hand" : reason_of(why), this->clock().now());
    return Impl::cleanup(std::move(why), where);
  }

 private:
  caf::invoke_message_result work_on(caf::mailbox_element& what, bool& stays) {
    const bool is_error = is_error_in_answer(what);
    const auto result = Impl::consume(what);
    stays = result == caf::invoke_message_result::skipped;
    if (is_error && result == caf::invoke_message_result::consumed) {
      counters_->got_error();
      // Nobody is the sender where CAF answers for a connection that was lost.
      auto* sender = what.sender ? caf::actor_cast<caf::abstract_actor*>(what.sender) : nullptr;
      if (auto* ours = dynamic_cast<counted_actor*>(sender)) ours->counters().answered_error();
    }
    return result;
  }

  /// What is in the message is read before its handler takes it away.
  caf::invoke_message_result consume_and_note(caf::mailbox_element& what, const message_key& key,
                                              std::chrono::nanoseconds waited, bool& stays) {
    auto& tap = board_->tap();
    const auto facts = facts_of(what.content());
    std::optional<tapped> note;
    if (tap.wants(key.from_outside ? 0 : key.sender, this->id(), facts))
      note = tapped{
          this->clock().now(), key.sender, key.from_outside, this->id(), counters_->who().name,
          name_of_kind(what),  facts,      waited,           {}};
    const auto result = work_on(what, stays);
    // CAF's reminder that a question was not answered comes also where it was: then nobody takes
    // it.
    if (note && result == caf::invoke_message_result::consumed) {
      const auto now = this->clock().now();
      note->took = now - note->at;
      tap.add(std::move(*note), now);
    }
    return result;
  }

  /// To the actor that took its place. What it sent itself, and answers to what it asked, are of no
  /// use there: they belong to the life that is over.
  void hand_on(caf::mailbox_element_ptr what, caf::execution_unit* where) {
    if (what->mid.is_response() || what->sender == this->ctrl()) return;
    caf::strong_actor_ptr next;
    {
      const std::lock_guard lock{replacing_};
      next = next_;
    }
    next->enqueue(std::move(what), where);
  }

  const actor_board_ptr board_;
  const std::shared_ptr<actor_counters> counters_;
  std::atomic<bool> is_replaced_{false};
  std::mutex replacing_;
  caf::strong_actor_ptr next_;
};

/// As `system.spawn(fun, args...)`, with counters on that board, of this name; `parent`: the actor
/// that makes it. No board: without counters.
template <caf::spawn_options Os = caf::no_spawn_options, class F, class... Ts>
auto spawn_counted(caf::actor_system& system, const actor_board_ptr& board, std::string name,
                   caf::local_actor* parent, F fun, Ts&&... xs) {
  using impl = caf::infer_impl_from_fun_t<F>;
  caf::actor_config config{parent ? parent->context() : nullptr, parent};
  caf::detail::init_fun_factory<impl, F> factory;
  config.init_fun = factory(std::move(fun), std::forward<Ts>(xs)...);
  if (!board) return system.spawn_class<impl, Os>(config);
  return system.spawn_class<counted<impl>, Os>(config, board, std::move(name),
                                               parent ? parent->id() : 0);
}

}  // namespace bramble
