// Which link is probed when, and what the probes show of links that carry nothing else: no socket,
// no clock.
#include <rapidcheck.h>

#include <map>
#include <string>
#include <vector>

#include "actors/transport/data_plane/link_sizes.hpp"
#include "actors/transport/data_plane/probing.hpp"
#include "config/defaults.hpp"
#include "config/defaults_measuring.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/simulated_link.hpp"

using namespace bramble;
using namespace bramble::testing;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

link_stats stats_of(const std::string& peer) {
  link_stats link;
  link.peer = peer;
  link.up = true;
  link.connections = 1;
  return link;
}

}  // namespace

TEST_CASE("links are probed one at a time until they are settled") {
  prober probes;
  prober::time_point now{seconds{100}};
  auto down = stats_of("z");
  down.up = false;
  std::vector<link_stats> links{stats_of("a"), stats_of("b"), down};
  CHECK(probes.next(links, now) == "a");
  CHECK(probes.next(links, now) == "b");
  CHECK(probes.pause() == defaults::link_probe_hurry);
  links[0].bytes_queued = 1;
  CHECK(probes.next(links, now) == "b");
  links[0].bytes_queued = 0;
  links[1].settled_out = true;
  links[1].samples_out = 3;
  std::size_t tries = 1;
  while (probes.next(links, now) == "a") ++tries;
  CHECK(tries == defaults::link_probe_tries);  // a busy machine: it will not settle
  CHECK(probes.pause() == defaults::link_probe_interval);
  links[0].connections = 2;
  CHECK(probes.next(links, now) == "a");
}

namespace {

/// A settled link of so many Mbit/s that carries nothing.
link_stats quiet_link(const std::string& peer, double mbit) {
  auto link = stats_of(peer);
  link.mbit_out = mbit;
  link.settled_out = true;
  link.samples_out = 8;
  return link;
}

/// How many probes each of `links` gets in this time, looked for as the actor does; with `asks`
/// somebody plans with their rates all the while.
std::map<std::string, int> probes_in(prober& probes, const std::vector<link_stats>& links,
                                     seconds time, bool asks) {
  std::map<std::string, int> out;
  prober::time_point now{seconds{100}};
  for (const auto end = now + time; now < end; now += probes.pause()) {
    if (asks) probes.asked(now);
    if (const auto peer = probes.next(links, now)) ++out[*peer];
  }
  return out;
}

}  // namespace

TEST_CASE("a quiet link is probed more often while somebody plans with it") {
  const std::vector<link_stats> links{quiet_link("a", 300), quiet_link("b", 20)};
  prober planned;
  auto count = probes_in(planned, links, seconds{60}, true);
  CHECK(count["a"] >= 40);
  CHECK(count["a"] <= 50);
  CHECK(count["b"] >= 40);
  prober idle;
  count = probes_in(idle, links, seconds{60}, false);
  CHECK(count["a"] >= 12);
  CHECK(count["a"] <= 15);
  prober carrying;
  prober::time_point now{seconds{100}};
  auto busy = links;
  for (int i = 0; i < 600; ++i) {
    ++busy[0].samples_out;
    ++busy[1].samples_out;
    carrying.asked(now);
    CHECK_FALSE(carrying.next(busy, now += milliseconds{100}).has_value());
  }
}

TEST_CASE("probes of quiet links take no more than a twentieth of a link, and of a node") {
  REQUIRE(rc::check([] {
    std::vector<link_stats> links;
    const auto count = *rc::gen::inRange(1, 30);
    links.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i)
      links.push_back(quiet_link("pi" + std::to_string(i), *rc::gen::inRange(1, 1000)));
    prober probes;
    constexpr seconds time{60};
    double all_s = 0;
    for (const auto& [peer, sent] : probes_in(probes, links, time, true)) {
      const auto& link = links[static_cast<std::size_t>(std::stoi(peer.substr(2)))];
      const double s =
          sent * 8e-6 * static_cast<double>(probe_bytes(link.mbit_out)) / *link.mbit_out;
      // The first falls into the time whole.
      RC_ASSERT(s <= defaults::link_probe_share * 60 + s / sent);
      all_s += sent * std::chrono::duration<double>(defaults::probe_time).count();
    }
    RC_ASSERT(all_s <= defaults::link_probe_share * 60 + 0.1);
  }));
}

TEST_CASE("a link that is to be measured now is, settled or not, and then no more") {
  prober probes;
  prober::time_point now{seconds{100}};
  std::vector<link_stats> links{quiet_link("a", 300), quiet_link("b", 300)};
  CHECK_FALSE(probes.next(links, now).has_value());
  probes.force("a");
  std::size_t sent = 0;
  for (int i = 0; i < 50 && probes.is_forced("a"); ++i) {
    if (probes.next(links, now += milliseconds{25}) != "a") continue;
    ++sent;
    ++links[0].samples_out;
  }
  CHECK(sent == defaults::link_probe_forced);
  CHECK_FALSE(probes.is_forced("a"));
  links[0].settled_out = false;  // it never will
  probes.force("a");
  for (int i = 0; i < 50 && probes.is_forced("a"); ++i) probes.next(links, now += milliseconds{25});
  CHECK_FALSE(probes.is_forced("a"));
  probes.force("b");
  links[1].up = false;
  probes.next(links, now);
  CHECK_FALSE(probes.is_forced("b"));
}

TEST_CASE("frames of before that are told late are not those of a measurement") {
  prober probes;
  prober::time_point now{seconds{100}};
  std::vector<link_stats> links{quiet_link("a", 300)};
  probes.next(links, now);
  probes.force("a");
  std::size_t sent = 0;
  while (probes.is_forced("a")) {
    REQUIRE(sent <= defaults::link_probe_forced);
    if (!probes.next(links, now += milliseconds{25})) continue;
    links[0].samples_out += sent++ == 0 ? defaults::link_probe_forced : 1;
  }
  CHECK(sent == defaults::link_probe_forced);
}

TEST_CASE("a link is measured anew when its probes were, however long they are on their way") {
  prober probes;
  prober::time_point now{seconds{100}};
  std::vector<link_stats> links{quiet_link("a", 300)};
  auto& link = links[0];
  probes.force("a");
  for (std::size_t probe = 0; probe < defaults::link_probe_forced; ++probe) {
    REQUIRE(probes.next(links, now) == "a");
    link.bytes_queued = 1;  // the link fell to a fifteenth: many looks long
    for (int i = 0; i < 20; ++i) CHECK_FALSE(probes.next(links, now += milliseconds{25}));
    CHECK(probes.is_forced("a"));
    link.bytes_queued = 0;
    ++link.samples_out;
    link.settled_out = probe >= 3;  // the first slow ones are in doubt
  }
  CHECK_FALSE(probes.next(links, now));
  CHECK_FALSE(probes.is_forced("a"));
  probes.force("a");
  link.bytes_queued = 1;  // for ever
  for (const auto end = now + defaults::remeasure_timeout; now <= end; now += milliseconds{25})
    probes.next(links, now);
  CHECK_FALSE(probes.is_forced("a"));
}

namespace {

/// A link that nothing but probes crosses, between a node that sends them and one that measures.
struct probed_link {
  simulated_link link;
  rate_filter there;
  prober here;
  link_stats stats = stats_of("pi2");

  /// Lets time pass, and the probes that fall into it; the peer tells what it measured at once.
  void pass(std::chrono::milliseconds time, bool asks) {
    for (const auto end = link.now + time; link.now < end; link.rest(here.pause())) {
      if (asks) here.asked(link.now);
      if (!here.next({stats}, link.now)) continue;
      there.add({link.send(probe_bytes(stats.mbit_out)), {}}, link.now);
      stats.mbit_out = there.mbit();
      stats.samples_out = there.frames();
      stats.settled_out = there.settled();
    }
  }
};

/// A link that was slow for a while is quicker: whether that is known in time.
bool recovery_is_seen(std::uint64_t seed, bool asks, double late_share) {
  probed_link p;
  p.link.random.seed(seed);
  p.link.mbit = std::uniform_real_distribution<>{11, 100}(p.link.random);
  p.link.late_share = late_share;
  p.pass(seconds{20}, true);
  p.link.mbit *= std::uniform_real_distribution<>{1.5, 20}(p.link.random);
  p.link.bucket_bytes = std::max(6000.0, p.link.mbit / 8 * 170);
  p.pass(asks ? seconds{3} : seconds{10}, asks);
  return near(p.there, p.link.mbit);
}

}  // namespace

TEST_CASE("a link that recovers is known again within 3 s under load and 10 s at rest") {
  REQUIRE(
      rc::check([](std::uint64_t seed, bool asks) { RC_ASSERT(recovery_is_seen(seed, asks, 0)); }));
}

TEST_CASE("so it is nearly always where sender and reader are often late") {
  int seen = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed)
    seen += recovery_is_seen(seed, true, 0.05) ? 1 : 0;
  CHECK(seen >= 90);
}
