#include "balancer/shelf/recovery_watch.hpp"

#include <rapidcheck.h>

#include "config/defaults_measuring.hpp"
#include "tests/support/catch.hpp"

using namespace bramble;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

/// A device that takes `slow` times as long as when it was calibrated, and its watch. Its pieces
/// run while it works; the small piece is timed whenever that is due.
struct watched_device {
  recovery_watch watch;
  recovery_watch::time_point now{seconds{1000}};
  double slow = 1;
  double known = 1;  ///< what plans believe
  int timings = 0;

  void work(int requests) {
    for (int i = 0; i < requests; ++i) {
      known = slow;
      watch.observed(known, now);
      now += milliseconds{150};
    }
  }

  void pass(milliseconds time, bool asks, double noise = 1) {
    for (const auto end = now + time; now < end; now += defaults::device_look_interval) {
      if (asks) watch.asked(now);
      if (!watch.is_due(now)) continue;
      ++timings;
      known *= watch.timed(5 * slow * noise, now);
    }
  }
};

}  // namespace

TEST_CASE(
    "a device that was slow and is left out is known to be quick again in 3 s, idle in 10 s") {
  REQUIRE(rc::check([](bool asks) {
    watched_device device;
    device.pass(seconds{3}, false);
    device.work(20);
    device.slow = *rc::gen::inRange(15, 100) / 10.0;
    device.work(5);
    const auto slow = device.slow;
    device.pass(milliseconds{*rc::gen::inRange(1000, 60'000)}, asks);
    RC_ASSERT(device.known == slow);
    device.slow = 1;
    device.pass(asks ? seconds{3} : seconds{10}, asks);
    RC_ASSERT(std::abs(device.known - 1) < 0.05);
  }));
}

TEST_CASE("one that recovers before anybody could compare is known by its healthy days") {
  watched_device device;
  device.pass(seconds{3}, false);
  device.slow = 4;
  device.work(5);
  device.slow = 1;
  device.pass(seconds{3}, true);
  CHECK(device.known == Approx(1));
}

TEST_CASE("a healthy device that was busy when it was first timed does not seem to recover later") {
  watched_device device;
  device.pass(seconds{1}, true, 12);  // it is timed while all nodes calibrate
  device.pass(seconds{5}, true);
  device.slow = 20;
  device.work(5);
  device.pass(seconds{10}, true);
  CHECK(device.known == 20);
  device.slow = 1;
  device.pass(seconds{3}, true);
  CHECK(device.known == Approx(1));
}

TEST_CASE("a device that was busy when it was timed first is not better than calibrated later") {
  watched_device device;
  device.pass(seconds{3}, false);
  device.work(5);
  device.pass(seconds{1}, true, 5);
  device.pass(seconds{10}, true);
  CHECK(device.known == 1);
}

TEST_CASE("noise of 15 % is no recovery, and a device that works is not timed") {
  REQUIRE(rc::check([] {
    watched_device device;
    device.pass(seconds{3}, false);
    device.slow = 3;
    device.work(5);
    for (int i = 0; i < 30; ++i) {
      device.pass(seconds{2}, true, *rc::gen::inRange(90, 105) / 100.0);
      RC_ASSERT(device.known == 3);
    }
    const auto before = device.timings;
    device.work(200);
    RC_ASSERT(device.timings == before);
  }));
}

TEST_CASE("a device that only looks quick is tried more and more seldom") {
  watched_device device;
  device.pass(seconds{3}, false);
  std::vector<recovery_watch::time_point> tries;
  for (int i = 0; i < 3000; ++i) {
    if (device.known < 2) {
      // Planned with, and slow with real work.
      tries.push_back(device.now);
      device.slow = 4;
      device.work(3);
    }
    device.slow = i % 2 == 0 ? 4 : 1;  // what the small piece finds
    device.pass(milliseconds{500}, true);
  }
  CHECK(tries.size() >= 2);
  CHECK(tries.size() < 60);  // in 1500 s
}

TEST_CASE("the small piece takes little of the device's time") {
  watched_device device;
  device.pass(seconds{60}, true);
  CHECK(device.timings <= 31);
  device.timings = 0;
  device.pass(seconds{60}, false);
  CHECK(device.timings <= 8);
}
