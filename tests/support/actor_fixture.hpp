#pragma once

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <functional>
#include <optional>

#include "actors/protocol/messages.hpp"
#include "tests/support/catch.hpp"

namespace bramble {

/// An actor system with one thread and a clock that only moves when told.
class actor_fixture {
 public:
  struct config : caf::actor_system_config {
    config() {
      add_message_types<caf::id_block::bramble>();
      set("scheduler.policy", caf::atom("testing"));
      set("logger.inline-output", true);
    }
  };

  actor_fixture() = default;
  actor_fixture(const actor_fixture&) = delete;
  actor_fixture& operator=(const actor_fixture&) = delete;

  /// A failed check leaves the test early; the system would wait for its actors for ever.
  ~actor_fixture() {
    for (const auto& each : spawned_) caf::anon_send_exit(each, caf::exit_reason::kill);
    clock.run();
    clock.inline_all_enqueues();
  }

  /// Answers with the handle that this kind of actor has.
  template <class... Args>
  auto spawn(Args&&... args) {
    const auto made = system.spawn(std::forward<Args>(args)...);
    spawned_.push_back(caf::actor_cast<caf::actor>(made));
    return made;
  }

  /// An actor that stands for one of another kind, and may take more or less than that does.
  template <class Handle, class... Args>
  Handle fake(Args&&... args) {
    return caf::actor_cast<Handle>(spawn(std::forward<Args>(args)...));
  }

  /// Runs everything that can run now, then lets `time` pass and runs what became due.
  void run() { clock.run(); }
  void pass(std::chrono::milliseconds time) {
    clock.advance_time(time);
    clock.run();
  }

  /// Sends a request; the answer is in the returned box as soon as there is one.
  template <class Reply>
  struct box {
    std::optional<Reply> reply;
    std::string error;
    bool answered() const { return reply.has_value() || !error.empty(); }
  };
  template <class Reply, class Handle, class... Args>
  std::shared_ptr<box<Reply>> ask(const Handle& whom, const Args&... args) {
    auto out = std::make_shared<box<Reply>>();
    spawn([=](caf::event_based_actor* self) {
      self->request(whom, caf::infinite, args...)
          .then([=](const Reply& reply) { out->reply = reply; },
                [=](caf::error& e) { out->error = sentence_of(e); });
    });
    clock.run();
    return out;
  }

  config settings;
  caf::actor_system system{settings};
  caf::scheduler::test_coordinator& clock =
      dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());

 private:
  std::vector<caf::actor> spawned_;
};

}  // namespace bramble
