// Many files: in which order they are told, what stops them, and how far they came in words.
#include "console/infer_stream.hpp"

#include <rapidcheck.h>

#include <atomic>
#include <csignal>
#include <future>
#include <numeric>

#include "config/defaults_stream.hpp"
#include "console/stream_progress.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"

using namespace bramble;

namespace {

using names = std::vector<std::string>;

stream_result result_for(const std::string& file) {
  return {file, "line of " + file, {}};
}

/// A stream whose answers are made here.
struct stream_fixture {
  stream_fixture() {
    work.admit = [](const std::string&) { return std::string{}; };
    work.answer = [](const std::string& file) { return result_for(file); };
    work.fail = [](const std::string& file, const std::exception& why) {
      return stream_result{file, "", why.what()};
    };
    work.tell = [this](const stream_result* result) {
      if (result == nullptr) return;
      told.push_back(result->file);
      if (!result->failure.empty()) failed.push_back(result->failure);
    };
  }

  stream_work work;
  stop_flag stop;
  names told, failed;
};

names numbered(std::size_t count) {
  names out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(std::to_string(i));
  return out;
}

struct broken_source : input_source {
  std::optional<std::string> next() override {
    if (std::exchange(given, true)) throw user_error("The folder is gone.");
    return "first";
  }
  bool given = false;
};

stream_progress::time_point seconds_in(double seconds) {
  return stream_progress::time_point{} +
         std::chrono::duration_cast<std::chrono::steady_clock::duration>(
             std::chrono::duration<double>{seconds});
}

}  // namespace

TEST_CASE("results keep the order of the input, however they come") {
  REQUIRE(rc::check("any order of arrival", [] {
    std::vector<std::size_t> arrivals(*rc::gen::inRange<std::size_t>(1, 40));
    std::iota(arrivals.begin(), arrivals.end(), 0U);
    for (std::size_t i = arrivals.size(); i > 1; --i)
      std::swap(arrivals[i - 1], arrivals[*rc::gen::inRange<std::size_t>(0, i)]);
    for (const bool unordered : {false, true}) {
      result_order order{unordered};
      names told, came;
      for (const auto index : arrivals) {
        came.push_back(std::to_string(index));
        order.put(index, result_for(came.back()));
        while (const auto next = order.take()) told.push_back(next->file);
        if (unordered) RC_ASSERT(told == came);
      }
      RC_ASSERT(told == (unordered ? came : numbered(arrivals.size())));
    }
  }));
}

TEST_CASE("as many requests are under way as was asked for, and no more") {
  stream_fixture f;
  constexpr std::size_t at_once = 4;
  std::atomic<std::size_t> under_way = 0, most = 0, ready = 0;
  std::promise<void> all_there;
  auto gate = all_there.get_future().share();
  f.work.concurrency = at_once;
  f.work.answer = [&](const std::string& file) {
    const auto now = ++under_way;
    for (auto seen = most.load(); seen < now && !most.compare_exchange_weak(seen, now);) {
    }
    // The first four wait for each other: fewer at once would never end.
    if (++ready == at_once) all_there.set_value();
    gate.wait();
    --under_way;
    return result_for(file);
  };
  listed_inputs source{numbered(40)};
  CHECK(run_stream(source, f.work, f.stop).empty());
  CHECK(f.told == numbered(40));
  CHECK(most == at_once);
}

TEST_CASE("a file that fails is told in its place, and the others are answered") {
  stream_fixture f;
  f.work.concurrency = 3;
  f.work.answer = [](const std::string& file) {
    if (file == "2") throw user_error("2 is broken.");
    return result_for(file);
  };
  f.work.admit = [](const std::string& file) { return file == "4" ? "4 is refused." : ""; };
  listed_inputs source{numbered(6)};
  CHECK(run_stream(source, f.work, f.stop).empty());
  CHECK(f.told == numbered(6));
  CHECK(f.failed == names{"2 is broken.", "4 is refused."});
}

TEST_CASE("a stream that is stopped finishes what is under way and begins nothing") {
  stream_fixture f;
  f.work.concurrency = 2;
  std::promise<void> second_began;
  f.work.answer = [&](const std::string& file) {
    if (file == "1") second_began.set_value();
    if (file == "0") {
      second_began.get_future().wait();
      f.stop.raise();
    } else {
      f.stop.wait_for(std::chrono::minutes{1});
    }
    return result_for(file);
  };
  listed_inputs source{numbered(100)};
  CHECK(run_stream(source, f.work, f.stop).empty());
  CHECK(f.told == names{"0", "1"});
}

TEST_CASE("a source that breaks ends the stream with its sentence, after what it gave") {
  stream_fixture f;
  broken_source source;
  CHECK(run_stream(source, f.work, f.stop) == "The folder is gone.");
  CHECK(f.told == names{"first"});
}

TEST_CASE("a stream ends when nobody reads its results") {
  stream_fixture f;
  f.work.tell = [](const stream_result* result) {
    if (result != nullptr) throw user_error("Results cannot be written.");
  };
  listed_inputs source{numbered(2 * defaults::stream_results_kept)};
  CHECK(complaint_of([&] { run_stream(source, f.work, f.stop); }) == "Results cannot be written.");
  CHECK(f.stop.raised());
}

TEST_CASE("a busy node is asked again, a few times") {
  using std::chrono::milliseconds;
  unsigned asked = 0, told = 0;
  stop_flag stop;
  const auto tell = [&](const node_is_busy&) { ++told; };
  const auto until = [&](unsigned tries) {
    return [&asked, tries] {
      if (++asked <= tries) throw node_is_busy{"Too much to do.", milliseconds{1}};
      return infer_reply{};
    };
  };
  ask_patiently(until(2), stop, tell);
  CHECK(asked == 3);
  CHECK(told == 2);

  asked = told = 0;
  CHECK_THROWS_AS(ask_patiently(until(1000), stop, tell), node_is_busy);
  CHECK(asked == 1 + defaults::busy_retries);

  // Who wants to stop does not wait.
  asked = told = 0;
  const auto long_queue = [&]() -> infer_reply {
    ++asked;
    throw node_is_busy{"Too much to do.", std::chrono::minutes{10}};
  };
  CHECK_THROWS_AS(ask_patiently(long_queue, stop, [&](const node_is_busy&) { stop.raise(); }),
                  node_is_busy);
  CHECK(asked == 1);
}

TEST_CASE("Ctrl-C is a wish to stop") {
  stop_flag stop;
  const stop_on_signals signals{stop};
  CHECK_FALSE(stop.raised());
  CHECK(signals.signal() == 0);
  std::raise(SIGINT);
  CHECK(stop.raised());
  CHECK(stop.wait_for(std::chrono::minutes{1}));
  CHECK(signals.signal() == SIGINT);
}

TEST_CASE("progress counts, and knows how long it will take") {
  stream_progress progress{20, seconds_in(0)};
  CHECK(progress.line(seconds_in(3)) == "0 of 20 done, 3 s so far");
  for (int i = 1; i <= 10; ++i) progress.finished(seconds_in(i * 0.5), i == 4);
  CHECK(progress.line(seconds_in(5)) == "10 of 20 done, 1 failed, 2.00/s, 5 s left");
  // The rate falls while nothing comes.
  CHECK(progress.line(seconds_in(10)) == "10 of 20 done, 1 failed, 1.00/s, 10 s left");
  CHECK(progress.summary(seconds_in(5), true) ==
        "Stopped: 9 answered, 1 failed in 5.0 s (2.00/s); 10 not begun.");
  CHECK(progress.summary(seconds_in(5), false) == "9 answered, 1 failed in 5.0 s (2.00/s).");

  stream_progress endless{std::nullopt, seconds_in(0)};
  endless.finished(seconds_in(1), false);
  CHECK(endless.line(seconds_in(1)) == "1 done, 1.00/s");
  CHECK(endless.summary(seconds_in(1), true) == "Stopped: 1 answered in 1.0 s (1.00/s).");
  CHECK(stream_progress{3, seconds_in(0)}.summary(seconds_in(0), true) ==
        "Stopped: 0 answered in 0.0 s; 3 not begun.");
}

TEST_CASE("the time left follows a rate that has changed") {
  stream_progress progress{1000, seconds_in(0)};
  double now = 0;
  for (int i = 0; i < 100; ++i) progress.finished(seconds_in(now += 1), false);
  for (int i = 0; i < 100; ++i) progress.finished(seconds_in(now += 0.1), false);
  CHECK(contains(progress.line(seconds_in(now)), "10.0/s, 80 s left"));
}
