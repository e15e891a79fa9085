// What is made of the arrival of frames, on simulated links: no socket, no clock.
#include <rapidcheck.h>

#include <string>
#include <vector>

#include "actors/transport/data_plane/contention.hpp"
#include "actors/transport/data_plane/link_meter.hpp"
#include "actors/transport/data_plane/link_sizes.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/simulated_link.hpp"

using namespace bramble;
using namespace bramble::testing;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

simulated_link any_link(std::uint64_t seed) {
  simulated_link link;
  link.random.seed(seed);
  link.mbit = std::uniform_real_distribution<>{10, 1000}(link.random);
  link.bucket_bytes = std::max(6000.0, link.mbit / 8 * 170);
  return link;
}

/// Frames with pauses between, as requests make them.
void use(simulated_link& link, rate_filter& filter, std::size_t frames,
         rate_contention contention = {}) {
  std::uniform_int_distribution<std::uint64_t> sizes{64U << 10, 1U << 20};
  for (std::size_t i = 0; i < frames; ++i) {
    filter.add({link.send(sizes(link.random)), contention}, link.now);
    link.rest(milliseconds{5});
  }
}

}  // namespace

TEST_CASE("a quiet link is measured within 10 % by a few frames") {
  REQUIRE(rc::check([](std::uint64_t seed) {
    auto link = any_link(seed);
    rate_filter filter;
    use(link, filter, 8);
    RC_ASSERT(near(filter, link.mbit));
    RC_ASSERT(filter.settled());
  }));
}

TEST_CASE("large frames settle the rate of a link that needs a second for each") {
  simulated_link link;
  link.mbit = 10;
  rate_filter filter;
  for (int i = 0; i < 8; ++i) {
    filter.add({link.send(2U << 20), {}}, link.now);
    link.rest(milliseconds{5});
  }
  CHECK(near(filter, 10));
  CHECK(filter.settled());
}

TEST_CASE("a sender and a reader that are often late do not make a link slow") {
  REQUIRE(rc::check([](std::uint64_t seed) {
    auto link = any_link(seed);
    link.late_share = 0.2;
    rate_filter filter;
    use(link, filter, 40);
    RC_ASSERT(near(filter, link.mbit));
  }));
}

TEST_CASE("a sender with little to send at a time does not make a link slow") {
  REQUIRE(rc::check([](std::uint64_t seed) {
    auto link = any_link(seed);
    rate_filter filter;
    use(link, filter, 8);
    for (int i = 0; i < 30; ++i) {
      auto limited = link;
      limited.sender_holds = 8U << 10;  // and the next turn comes late
      limited.late_share = 1;
      filter.add({limited.send(256U << 10), {}}, link.now);
      link.rest(milliseconds{5});
      use(link, filter, 1);
    }
    RC_ASSERT(near(filter, link.mbit));
  }));
}

TEST_CASE("a link that becomes slower or faster is followed within ten frames") {
  REQUIRE(rc::check([](std::uint64_t seed) {
    auto link = any_link(seed);
    const auto after = any_link(seed + 1);
    link.late_share = 0.05;
    rate_filter filter;
    use(link, filter, 20);
    link.mbit = after.mbit;
    link.bucket_bytes = after.bucket_bytes;
    use(link, filter, 10);
    // Between 85 % and 100 % of the old rate only time tells a change from noise.
    link.rest(seconds{2});
    use(link, filter, 10);
    RC_ASSERT(near(filter, link.mbit));
  }));
  simulated_link link;
  link.mbit = 900;
  rate_filter filter;
  use(link, filter, 20);
  link.mbit = 90;
  use(link, filter, 3);
  CHECK(near(filter, 90));
  link.mbit = 900;
  use(link, filter, 4);
  CHECK(near(filter, 900));
}

TEST_CASE("one slow moment is not a slower link") {
  simulated_link link;
  link.mbit = 900;
  rate_filter filter;
  use(link, filter, 20);
  link.mbit = 90;
  use(link, filter, 2);
  CHECK(near(filter, 900));
  link.mbit = 900;
  use(link, filter, 3);
  CHECK(near(filter, 900));
}

TEST_CASE("frames that share a network card do not make a link slow") {
  REQUIRE(rc::check([](std::uint64_t seed) {
    auto link = any_link(seed);
    rate_filter filter;
    use(link, filter, 8);
    const double truth = link.mbit;
    link.mbit = truth / 3;
    use(link, filter, 40, {2, 2.0});
    RC_ASSERT(near(filter, truth));
  }));
}

TEST_CASE(
    "a shared network card that became slower is seen, and so is a link slower than its share") {
  simulated_link link;
  link.mbit = 900;
  rate_filter filter;
  use(link, filter, 20);
  link.mbit = 30;  // of 90 for three
  use(link, filter, 4, {2, 2.0});
  CHECK(near(filter, 90));
  link.mbit = 300;
  use(link, filter, 8, {2, 2.0});
  CHECK(*filter.mbit() >= 270);
  link.mbit = 20;  // while two others got 440 each
  use(link, filter, 4, {2, 44.0});
  CHECK(near(filter, 20));
}

TEST_CASE("whatever is measured, the rate lies between the slowest and the fastest of it") {
  REQUIRE(rc::check([](const std::vector<std::pair<std::uint32_t, std::uint32_t>>& frames) {
    rate_filter filter;
    rate_filter::time_point now{};
    double least = 1e300;
    double most = 0;
    for (const auto& [bytes, us] : frames) {
      const rate_sample sample{1 + bytes, std::chrono::microseconds{1 + us % 10'000'000}};
      filter.add({{sample}, {}}, now += milliseconds{us % 100});
      least = std::min(least, sample.mbit());
      most = std::max(most, sample.mbit());
    }
    RC_ASSERT(filter.mbit().has_value() == !frames.empty());
    if (filter.mbit()) RC_ASSERT(*filter.mbit() >= least && *filter.mbit() <= most);
  }));
}

TEST_CASE("a frame that was there before anybody looked says nothing") {
  dispersion seen;
  const rate_filter::time_point now{};
  seen.begin(now, 1U << 20, 1U << 20);
  CHECK(seen.end(now + milliseconds{5}, 1U << 20).empty());
  rate_filter filter;
  filter.add({}, now);
  CHECK_FALSE(filter.mbit().has_value());
  CHECK_FALSE(filter.settled());
}

TEST_CASE("what a link meter tells the peer, and hears of it") {
  link_meter meter;
  link_meter::time_point now{seconds{1}};
  const auto frame = [](double mbit) {
    const std::uint64_t bytes = 125000;
    return frame_rates{{{bytes, std::chrono::nanoseconds{static_cast<long>(1e9 / mbit)}}}, {}};
  };
  CHECK(meter.tell(now).frames == 0);
  CHECK_FALSE(meter.has_news(now + seconds{1}));
  meter.received(frame(100), now);
  CHECK_FALSE(meter.mbit_in().has_value());  // the peer may still say that it had contention
  meter.received({}, now);
  CHECK(*meter.mbit_in() == Approx(100));
  CHECK_FALSE(meter.has_news(now));  // it told something a moment ago
  CHECK(meter.has_news(now + milliseconds{100}));
  CHECK(meter.tell(now).kbit == 100000);
  CHECK_FALSE(meter.has_news(now + milliseconds{100}));
  meter.received(frame(50), now);
  meter.had_contention({1, 1.0}, now);
  CHECK(*meter.mbit_in() == Approx(100));
  CHECK(meter.samples_in() == 2);

  meter.peer_measured({0, 0, false});  // it has measured nothing yet
  CHECK_FALSE(meter.mbit_out().has_value());
  meter.peer_measured({94'500, 3, true});
  CHECK(*meter.mbit_out() == Approx(94.5));
  CHECK(meter.settled_out());

  CHECK_FALSE(meter.round_trip_ms().has_value());
  meter.round_trip(milliseconds{80}, false);
  CHECK(*meter.round_trip_ms() == Approx(80));
  meter.round_trip(milliseconds{2}, true);
  meter.round_trip(milliseconds{1}, false);
  meter.round_trip(milliseconds{3}, true);
  CHECK(*meter.round_trip_ms() == Approx(2));
  for (int i = 0; i < 20; ++i) meter.round_trip(milliseconds{5}, true);
  CHECK(*meter.round_trip_ms() == Approx(5));
}

TEST_CASE("who had company on a network card") {
  const auto at = [](std::uintptr_t n) {
    // Never followed. NOLINTNEXTLINE(performance-no-int-to-ptr)
    return reinterpret_cast<const transport::connection*>(n);
  };
  const transport::flows before{{at(8), 100}, {at(16), 1000}, {at(24), 0}};
  const transport::flows after{{at(8), 1100}, {at(16), 1500}, {at(24), 50}, {at(32), 9999}};
  const auto contention = transport::contention_between(before, after, at(8), 1000);
  CHECK(contention.others == 1);  // 50 bytes are nothing, and the last has just come
  CHECK(contention.share == Approx(0.55));
  CHECK(transport::contention_between(before, after, at(8), 0).share == 0);
}

TEST_CASE("how much the kernel may hold, and how large a probe is") {
  CHECK(unsent_bytes(0) == 16U << 10);
  CHECK(unsent_bytes(20) == 16U << 10);
  CHECK(unsent_bytes(100) == 25000);
  CHECK(unsent_bytes(940) == 235000);
  CHECK(unsent_bytes(1e6) == 256U << 10);
  CHECK(probe_bytes(std::nullopt) == 64U << 10);
  CHECK(probe_bytes(20) == 64U << 10);
  CHECK(probe_bytes(300) == 375000);
  CHECK(probe_bytes(940) == 1U << 20);
}

TEST_CASE("a single frame that came too fast is not a faster link") {
  simulated_link link;
  link.mbit = 50;
  rate_filter filter;
  use(link, filter, 20);
  link.mbit = 400;
  use(link, filter, 1);
  CHECK(near(filter, 50));
  CHECK_FALSE(filter.settled());  // more probes will tell
  link.mbit = 50;
  use(link, filter, 2);
  CHECK(near(filter, 50));
  CHECK(filter.settled());
}
