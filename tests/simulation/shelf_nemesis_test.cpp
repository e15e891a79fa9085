// Faults by chance, for hours of virtual time. What failed fails again: NEMESIS_SEED=... and
// NEMESIS_LOG=1 for what the nodes say meanwhile.
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <random>

#include "config/defaults_load.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/shelf_simulation.hpp"

using namespace bramble;
using namespace bramble::test;
using namespace std::chrono_literals;

namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr bool is_sanitized = true;
#else
constexpr bool is_sanitized = false;
#endif

class nemesis {
 public:
  nemesis(std::uint64_t seed, std::size_t nodes) : shelf_{nodes}, dice_{seed} {
    shelf_.network().seed(seed);
    alive_.insert(shelf_.names().begin(), shelf_.names().end());
    REQUIRE(shelf_.pass_until([&] { return shelf_.agree(alive_); }, 20s));
    team_ = ask_now("pi1").nodes.size();
    REQUIRE(team_ >= 2);
  }

  /// A minute of faults, then a shelf in order: everything has to be, too.
  void round(std::size_t requests) {
    note("round");
    while (asked_.size() < requests) {
      shelf_.pass(std::chrono::milliseconds{number(5, 150)});
      if (number(0, 99) < 85)
        asked_.push_back(shelf_.ask(any(shelf_.names())));
      else
        harm();
    }
    put_in_order();
    REQUIRE(shelf_.pass_until([&] { return shelf_.agree(alive_); }, 60s));
    REQUIRE(shelf_.pass_until([&] { return all_answered(); }, 120s));
    for (const auto& each : asked_) {
      INFO("request " << each->number << " at " << each->asked << ", tries " << each->tries);
      CHECK(shelf_.answers_rightly(*each));
      const auto& answer = each->answers.front();
      note(answer.host + " answers " + std::to_string(each->number) + " after " +
           std::to_string(answer.attempts) + " attempts, " + std::to_string(answer.latency_ms));
    }
    answered_ += asked_.size();
    asked_.clear();
    // Without a request, which would have plans reviewed.
    for (const auto& host : shelf_.names()) {
      INFO("the plan of " << host);
      REQUIRE(shelf_.pass_until([&] { return shelf_.planned(host).size() == team_; }, 60s));
    }
    // What was told about turns over broken links is made up for; then one request has all nodes.
    CHECK(shelf_.pass_until([&] { return shelf_.ghosts().empty(); }, 60s));
    // At once, or after the few by which a load that ended is known.
    auto workers = ask_now("pi1").nodes.size();
    for (std::size_t i = 0; i < defaults::arrivals_few && workers != team_; ++i) {
      shelf_.pass(defaults::way_cooldown);
      workers = ask_now("pi1").nodes.size();
    }
    CHECK(workers == team_);
    CHECK(shelf_.pass_until([&] { return shelf_.ghosts().empty(); }, 60s));
  }

  std::size_t answered() const { return answered_; }
  /// What happened and when: equal for equal seeds.
  const std::string& story() const { return story_; }

 private:
  std::uint64_t number(std::uint64_t least, std::uint64_t most) {
    return least + dice_() % (most - least + 1);
  }
  const std::string& any(const std::vector<std::string>& of) {
    return of[number(0, of.size() - 1)];
  }

  void note(const std::string& what) {
    story_ += std::to_string(shelf_.now().count()) + " " + what + "\n";
    spdlog::info("nemesis: {}", what);
  }

  infer_reply ask_now(const std::string& node) {
    const auto request = shelf_.ask(node);
    REQUIRE(shelf_.pass_until([&] { return !request->answers.empty(); }, 60s));
    CHECK(shelf_.answers_rightly(*request));
    return request->answers[0];
  }

  bool all_answered() {
    return std::ranges::none_of(asked_, [](const auto& each) { return each->answers.empty(); });
  }

  void harm() {
    const auto& one = any(shelf_.names());
    const auto& other = any(shelf_.names());
    auto& net = shelf_.network();
    switch (number(0, 9)) {
      case 0:
      case 1:
        if (shelf_.runs(one)) {
          note("kill " + one);
          shelf_.kill(one);
          break;
        }
        [[fallthrough]];
      case 2:
        note("start " + one);
        shelf_.start(one);
        break;
      case 3:
        note("freeze " + one);
        net.freeze(one);
        break;
      case 4:
      case 5:
        note("thaw " + one);
        net.thaw(one);
        break;
      case 6:
        note("cut " + one + " " + other);
        net.cut(one, other);
        if (number(0, 1) == 0) net.cut(other, one);
        break;
      case 7:
        note("heal " + one + " " + other);
        net.heal(one, other);
        net.heal(other, one);
        break;
      case 8:
        if (!shelf_.runs(one)) break;
        note("drain or resume " + one);
        shelf_.change(one, {number(0, 1) == 0 ? runtime_override::kind_t::drain
                                              : runtime_override::kind_t::resume});
        break;
      default:
        note("jitter");
        net.set_jitter(std::chrono::milliseconds{number(0, 30)});
    }
  }

  void put_in_order() {
    note("order");
    auto& net = shelf_.network();
    net.set_jitter(0ms);
    for (const auto& one : shelf_.names()) {
      shelf_.start(one);
      net.thaw(one);
      for (const auto& other : shelf_.names()) net.heal(one, other);
      shelf_.change(one, {runtime_override::kind_t::resume});
    }
  }

  shelf_simulation shelf_;
  std::mt19937_64 dice_;
  std::set<std::string> alive_;
  std::size_t team_ = 0;  ///< nodes that work on a request of a shelf in order
  std::vector<simulated_request_ptr> asked_;
  std::size_t answered_ = 0;
  std::string story_;
};

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

struct quiet {
  quiet() {
    if (std::getenv("NEMESIS_LOG") == nullptr) spdlog::set_level(spdlog::level::off);
  }
  ~quiet() { spdlog::set_level(spdlog::level::info); }
};

}  // namespace

TEST_CASE("equal seeds are equal stories", "[nemesis]") {
  const quiet log;
  const auto tell = [](std::uint64_t seed) {
    nemesis n{seed, 4};
    n.round(150);
    return n.story();
  };
  CHECK(tell(7) == tell(7));
  CHECK(tell(7) != tell(8));
}

TEST_CASE("whatever happens to a shelf, every request is answered once and rightly", "[nemesis]") {
  const quiet log;
  const auto requests = from_environment("NEMESIS_REQUESTS", is_sanitized ? 1000 : 10'000);
  auto seed = from_environment("NEMESIS_SEED", 1);
  for (std::size_t answered = 0; answered < requests; ++seed) {
    INFO("NEMESIS_SEED=" << seed);
    nemesis n{seed, 3 + seed % 3};
    for (int i = 0; i < 4; ++i) n.round(100);
    answered += n.answered();
  }
}
