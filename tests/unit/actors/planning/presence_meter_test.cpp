#include "actors/planning/core/presence_meter.hpp"

#include "config/defaults_load.hpp"
#include "tests/support/catch.hpp"

using namespace bramble;
using namespace std::chrono_literals;

TEST_CASE("one client without pauses is one, whatever it asks") {
  presence_meter m;
  presence_meter::time_point now{1h};
  for (int i = 0; i < 20; ++i) {
    m.came(now);
    now += 570ms;
    m.went(now);
  }
  const auto found = m.of_late(now);
  CHECK(found.most == 1);
  CHECK(found.pause_ms == Approx(0).margin(1));
}

TEST_CASE("eight clients are eight, also between an answer and the next question") {
  presence_meter m;
  presence_meter::time_point now{1h};
  for (int i = 0; i < 8; ++i) m.came(now);
  for (int i = 0; i < 20; ++i) {
    now += 240ms;
    m.went(now);
    CHECK(m.of_late(now).most == 8);
    now += 10ms;
    m.came(now);
  }
  CHECK(m.of_late(now).pause_ms < 200);
}

TEST_CASE("requests far apart are those of a client that pauses") {
  presence_meter m;
  presence_meter::time_point now{1h};
  for (int i = 0; i < 20; ++i) {
    m.came(now);
    now += 100ms;
    m.went(now);
    now += 900ms;
  }
  CHECK(m.of_late(now).most == 1);
  CHECK(m.of_late(now).pause_ms == Approx(900).epsilon(0.2));
}

TEST_CASE("a load that ended is forgotten within a few requests") {
  presence_meter m;
  presence_meter::time_point now{1h};
  for (int i = 0; i < 8; ++i) m.came(now);
  for (int i = 0; i < 8; ++i) m.went(now += 240ms);
  for (std::size_t i = 0; i < defaults::arrivals_few; ++i) {
    m.came(now);
    m.went(now += 570ms);
  }
  CHECK(m.of_late(now).most == 1);
}
