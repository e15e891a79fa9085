// Times of the last minute, as figures.
#include <rapidcheck.h>

#include <algorithm>

#include "actors/observing/core/recent_times.hpp"
#include "tests/support/catch.hpp"

using namespace bramble;
using namespace std::chrono_literals;

namespace {

const recent_times::time_point some_time{1000h};

}  // namespace

TEST_CASE("where nothing took any time there are no figures") {
  const recent_times times;
  CHECK(times.count(some_time) == 0);
  CHECK(times.figures(some_time).max_ms == 0);
  CHECK(times.figures(some_time).p99_ms == 0);
}

TEST_CASE("figures are those of a sorted list, to within a tenth") {
  CHECK(rc::check("p50 and p99", [] {
    const auto all = *rc::gen::nonEmpty(
        rc::gen::container<std::vector<int>>(rc::gen::inRange(100, 50'000'000)));  // us
    recent_times times;
    for (const auto us : all) times.add(std::chrono::microseconds{us}, some_time);
    auto sorted = all;
    std::ranges::sort(sorted);
    const auto exact = [&](std::size_t percent) {
      return sorted[(sorted.size() * percent + 99) / 100 - 1] / 1000.0;
    };
    const auto found = times.figures(some_time);
    RC_ASSERT(times.count(some_time) == all.size());
    RC_ASSERT(found.p50_ms == Approx(exact(50)).epsilon(0.13));
    RC_ASSERT(found.p99_ms == Approx(exact(99)).epsilon(0.13));
    RC_ASSERT(found.max_ms == sorted.back() / 1000.0);
  }));
}

TEST_CASE("what is older than a minute is forgotten, and what is younger is not") {
  recent_times times;
  times.add(500ms, some_time);
  times.add(2ms, some_time + 40s);
  CHECK(times.count(some_time + 50s) == 2);
  CHECK(times.figures(some_time + 50s).max_ms == 500);
  CHECK(times.count(some_time + 75s) == 1);
  CHECK(times.figures(some_time + 75s).max_ms == 2);
  CHECK(times.count(some_time + 1h) == 0);
  times.add(7ms, some_time + 1h);
  CHECK(times.count(some_time + 1h) == 1);
  CHECK(times.figures(some_time + 1h).p50_ms == Approx(7).epsilon(0.13));
}

TEST_CASE("times beyond any scale count as the longest there is") {
  recent_times times;
  times.add(1000h, some_time);
  times.add(-1ms, some_time);
  CHECK(times.count(some_time) == 2);
  CHECK(times.figures(some_time).max_ms == std::chrono::milliseconds{1000h}.count());
}
