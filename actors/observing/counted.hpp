#pragma once

#include <caf/all.hpp>
#include <memory>
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
        counters_{board->add({std::move(name), this->id(), parent,
                              this->getf(caf::abstract_actor::is_detached_flag)},
                             this->clock().now())} {}

  actor_counters& counters() override { return *counters_; }

  /// Called by whoever sends.
  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit* where) override {
    if (is_error_in_answer(*what)) {
      counters_->got_error();
      // Nobody is the sender where CAF answers for a connection that was lost.
      auto* sender = what->sender ? caf::actor_cast<caf::abstract_actor*>(what->sender) : nullptr;
      if (auto* ours = dynamic_cast<counted_actor*>(sender)) ours->counters().answered_error();
    }
    counters_->arrived(what.get(), this->clock().now());
    Impl::enqueue(std::move(what), where);
  }

  /// Called on the actor's thread. A handler that throws has ended, too.
  caf::invoke_message_result consume(caf::mailbox_element& what) override {
    struct ending {
      counted* self;
      bool stays = false;
      ~ending() { self->counters_->ends(stays, self->clock().now()); }
    };
    counters_->begins(
        &what, key_of(what, this->node()), [&] { return name_of_kind(what); }, this->clock().now());
    ending end{this};
    const auto result = Impl::consume(what);
    end.stays = result == caf::invoke_message_result::skipped;
    return result;
  }

  bool cleanup(caf::error&& why, caf::execution_unit* where) override {
    counters_->closed(reason_of(why), this->clock().now());
    return Impl::cleanup(std::move(why), where);
  }

 private:
  const std::shared_ptr<actor_counters> counters_;
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
