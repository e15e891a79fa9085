// Actors with counters, under a clock that only moves when told.
#include "actors/observing/counted.hpp"

#include <caf/all.hpp>

#include "actors/internal/actors.hpp"
#include "actors/transport/data_plane/frames.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/error_matchers.hpp"

using namespace bramble;
using namespace std::chrono_literals;

namespace {

/// An actor that takes as long as it is told, by moving the clock.
struct worker_state {
  static inline const char* name = "worker";
};
using work_atom = caf::atom_constant<caf::atom("work")>;
using worker_actor =
    described_actor::extend<caf::replies_to<work_atom, std::uint64_t>::with<std::uint64_t>,
                            caf::reacts_to<hello>>;

struct ticking_state {
  static inline const char* name = "ticking";
};
using ticking_actor = worker_actor::extend<caf::reacts_to<clock_atom>>;

struct observed_shelf : actor_fixture {
  actor_board_ptr board = std::make_shared<actor_board>();

  worker_actor::behavior_type (*no_worker)(worker_actor::stateful_pointer<worker_state>) = nullptr;

  worker_actor make_worker(const std::string& name = "worker") {
    const auto move = [this](std::uint64_t ms) {
      clock.clock().current_time += std::chrono::milliseconds{ms};
    };
    auto made = spawn_counted(
        system, board, name, nullptr,
        [=](worker_actor::stateful_pointer<worker_state> self) -> worker_actor::behavior_type {
          return {[=](detail_atom) { return std::string{"works"}; },
                  [=](work_atom, std::uint64_t ms) -> caf::result<std::uint64_t> {
                    move(ms);
                    if (ms == 13) return failure("No work on such a day.");
                    if (ms == 99) self->quit();
                    return ms;
                  },
                  [](const hello&) { throw std::runtime_error("no manners"); }};
        });
    made_.push_back(caf::actor_cast<caf::actor>(made));
    return made;
  }
  ~observed_shelf() {
    for (const auto& each : made_) caf::anon_send_exit(each, caf::exit_reason::kill);
  }

  actor_info info(const std::string& name = "worker") {
    for (const auto& each : board->report(clock.clock().now()))
      if (each.name == name) return each;
    return {};
  }

 private:
  std::vector<caf::actor> made_;
};

std::uint64_t count_of(const actor_info& info, const std::string& kind) {
  for (const auto& each : info.kinds)
    if (each.kind == kind) return each.count;
  return 0;
}

}  // namespace

TEST_CASE("messages of an actor are counted by kind, with the time in the mailbox and beyond") {
  observed_shelf s;
  const auto worker = s.make_worker();
  caf::anon_send(worker, work_atom::value, std::uint64_t{20});
  caf::anon_send(worker, work_atom::value, std::uint64_t{5});
  caf::anon_send(worker, detail_atom::value);
  CHECK(s.info().mailbox == 3);
  s.run();
  const auto info = s.info();
  CHECK(info.mailbox == 0);
  CHECK(info.handled == 3);
  CHECK(count_of(info, "work") == 2);
  CHECK(count_of(info, "detail") == 1);
  CHECK(info.work.max_ms == 20);
  CHECK(info.wait.max_ms == 25);
  CHECK(info.errors == 0);
}

TEST_CASE("a board that does not count knows who is there") {
  observed_shelf s;
  s.board = std::make_shared<actor_board>(false);
  const auto worker = s.make_worker();
  CHECK(s.ask<std::uint64_t>(worker, work_atom::value, std::uint64_t{5})->reply == 5U);
  CHECK(s.info().name == "worker");
  CHECK(s.info().handled == 0);
  CHECK(s.info().mailbox == 0);
}

TEST_CASE("errors count where they are made and where they arrive") {
  observed_shelf s;
  const auto worker = s.make_worker();
  const auto box = s.ask<std::uint64_t>(worker, work_atom::value, std::uint64_t{13});
  CHECK(box->error == "No work on such a day.");
  // The asker is not counted, so that only counted actors' errors among each other are known.
  CHECK(s.info().errors == 0);
  const auto asker = spawn_counted(
      s.system, s.board, "asker", nullptr, [=](caf::event_based_actor* self) -> caf::behavior {
        self->request(worker, caf::infinite, work_atom::value, std::uint64_t{13})
            .then([](std::uint64_t) {}, [](caf::error&) {});
        return {[](detail_atom) {}};
      });
  s.run();
  CHECK(s.info().errors == 1);
  CHECK(s.info("asker").refused == 1);
  CHECK(count_of(s.info("asker"), "answer error") == 1);
  REQUIRE(!s.info().talkers.empty());
  CHECK(std::ranges::count_if(s.info().talkers,
                              [](const talker& t) { return t.name == "asker"; }) == 1);
  caf::anon_send_exit(asker, caf::exit_reason::kill);
  s.run();
}

TEST_CASE("an error that nobody sends, as CAF does when a connection is lost, ends nobody") {
  observed_shelf s;
  // A question that stays open until CAF answers it.
  const auto kept = std::make_shared<std::vector<caf::response_promise>>();
  const auto silent = spawn_counted(s.system, s.board, "silent", nullptr,
                                    [=](caf::event_based_actor* self) -> caf::behavior {
                                      return {[=](detail_atom) -> caf::result<std::string> {
                                        kept->push_back(self->make_response_promise());
                                        return caf::delegated<std::string>{};
                                      }};
                                    });
  const auto asker = spawn_counted(s.system, s.board, "asker", nullptr,
                                   [=](caf::event_based_actor* self) -> caf::behavior {
                                     self->request(silent, caf::infinite, detail_atom::value)
                                         .then([](const std::string&) {}, [](caf::error&) {});
                                     return {[](detail_atom) {}};
                                   });
  s.run();
  caf::actor_cast<caf::strong_actor_ptr>(asker)->enqueue(
      nullptr, caf::make_message_id(1).response_id(),
      caf::make_message(caf::make_error(caf::sec::request_receiver_down)), nullptr);
  s.run();
  CHECK(s.info("asker").refused == 1);
  CHECK(s.info("asker").ended.empty());
  caf::anon_send_exit(silent, caf::exit_reason::kill);
  caf::anon_send_exit(asker, caf::exit_reason::kill);
  s.run();
}

TEST_CASE("an error in answer to nothing, as CAF's timeouts of answered questions are, is none") {
  observed_shelf s;
  const auto worker = s.make_worker();
  caf::actor_cast<caf::strong_actor_ptr>(worker)->enqueue(
      nullptr, caf::make_message_id(7).response_id(),
      caf::make_message(caf::make_error(caf::sec::request_receiver_down)), nullptr);
  s.run();
  CHECK(s.info().refused == 0);
  CHECK(s.ask<std::uint64_t>(worker, work_atom::value, std::uint64_t{1})->reply == 1);
}

TEST_CASE("an actor that ends or throws is shown with the reason") {
  observed_shelf s;
  const auto worker = s.make_worker();
  caf::anon_send(worker, work_atom::value, std::uint64_t{99});
  s.run();
  CHECK(s.info().ended == "done");
  CHECK(s.info().current.empty());
  const auto rude = s.make_worker("rude");
  caf::anon_send(rude, hello{});
  s.run();
  CHECK_FALSE(s.info("rude").ended.empty());
  CHECK(s.info("rude").ended != "done");
  CHECK(s.info("rude").current.empty());
}

TEST_CASE("messages are noted while somebody traces them, with what they carry") {
  observed_shelf s;
  const auto worker = s.make_worker();
  s.ask<std::uint64_t>(worker, work_atom::value, std::uint64_t{1});
  tap_query begin;
  begin.most = 3;
  begin.for_s = 10;
  const auto now = [&] { return s.clock.clock().now(); };
  const auto begun = s.board->read_tap(begin, now(), 0);
  caf::anon_send(worker, work_atom::value, std::uint64_t{20});
  caf::anon_send(worker, work_atom::value, std::uint64_t{5});
  s.run();
  tap_query rest;
  rest.tap = begun.tap;
  const auto noted = s.board->read_tap(rest, now(), 0).messages;
  REQUIRE(noted.size() == 2);  // not the one before
  CHECK(noted[0].kind == "work");
  CHECK(noted[0].receiver == "worker");
  CHECK(noted[0].sender == "nobody");
  CHECK(noted[0].took_ms == 20);
  CHECK(noted[1].waited_ms == 20);
  s.ask<std::uint64_t>(worker, work_atom::value, std::uint64_t{1});
  s.ask<std::uint64_t>(worker, work_atom::value, std::uint64_t{1});
  CHECK_FALSE(s.board->tap().is_on());
  CHECK(s.board->read_tap(rest, now(), 0).messages.size() == 3);
}

TEST_CASE("what a message carries, and which run it is about, is seen in it") {
  const auto inputs = std::make_shared<const std::vector<host_tensor>>(
      std::vector<host_tensor>{{{4}, element_type::f32, byte_vector(16)}});
  const auto facts = [](caf::message what) { return facts_of(what.content()); };
  CHECK(facts(caf::make_message(caf::atom("run"), run_order{41, 7, inputs})).request == 41);
  CHECK(facts(caf::make_message(caf::atom("run"), run_order{41, 7, inputs})).bytes == 16);
  CHECK(facts(caf::make_message(abort_atom_v, std::uint64_t{42})).request == 42);
  CHECK(facts(caf::make_message(output_atom_v, std::uint64_t{42})).request == 0);
  CHECK(facts(caf::make_message(part_atom_v, tensor_part{0, byte_vector(9)})).bytes == 9);
  data_frame tensor{"pi2", {header_of(tensor_frame{1, 43, 2, 0}), nullptr}};
  tensor.content.header.size = 1000;
  CHECK(facts(caf::make_message(tensor)).request == 43);
  CHECK(facts(caf::make_message(tensor)).bytes == 1000);
  CHECK(facts(caf::make_message(status_atom_v)).bytes == 0);
}

TEST_CASE("an actor that is begun anew takes the place of the first for all who know that") {
  observed_shelf s;
  // It reminds itself, as meters do: a reminder of the old life must not reach the new one.
  const auto ticks = std::make_shared<std::vector<int>>();
  const auto make = [&](int life) {
    return spawn_counted(
        s.system, s.board, "ticking", nullptr,
        [=](ticking_actor::stateful_pointer<ticking_state> self) -> ticking_actor::behavior_type {
          self->send(self, clock_atom_v);
          return {[=](clock_atom) {
                    ticks->push_back(life);
                    self->delayed_send(self, 1s, clock_atom_v);
                  },
                  [=](detail_atom) { return "life " + std::to_string(life); },
                  [](work_atom, std::uint64_t ms) { return ms; }, [](const hello&) {}};
        });
  };
  const auto first = make(1);
  s.run();
  CHECK(*ticks == std::vector<int>{1});
  const auto second = make(2);
  auto* place = caf::actor_cast<caf::abstract_actor*>(first);
  dynamic_cast<counted_actor&>(*place).replace_by(caf::actor_cast<caf::strong_actor_ptr>(second));
  s.run();
  CHECK(*s.ask<std::string>(first, detail_atom::value)->reply == "life 2");
  const auto third = make(3);
  dynamic_cast<counted_actor&>(*place).replace_by(caf::actor_cast<caf::strong_actor_ptr>(third));
  caf::anon_send_exit(second, caf::exit_reason::kill);
  s.run();
  CHECK(*s.ask<std::string>(first, detail_atom::value)->reply == "life 3");
  ticks->clear();
  s.pass(1s);
  CHECK(*ticks == std::vector<int>{3});
  const auto all = s.board->report(s.clock.clock().now());
  CHECK(all.front().ended == "begun anew by hand");
  CHECK(all.back().restarts == 2);
  caf::anon_send_exit(first, caf::exit_reason::user_shutdown);  // as when the node ends
  s.run();
  CHECK_FALSE(s.board->report(s.clock.clock().now()).back().ended.empty());
}

TEST_CASE("without a board actors are spawned as ever") {
  observed_shelf s;
  s.board.reset();
  const auto worker = s.make_worker();
  CHECK(*s.ask<std::uint64_t>(worker, work_atom::value, std::uint64_t{3})->reply == 3);
}

TEST_CASE("types are called as the headers call them") {
  CHECK(short_type_name("bramble::run_order") == "run_order");
  CHECK(short_type_name("std::shared_ptr<bramble::directory const>") == "directory");
  CHECK(short_type_name("std::vector<bramble::model_load, std::allocator<bramble::model_load> >") ==
        "model_load");
  CHECK(short_type_name("double") == "double");
}
