#include "model/answer/boxes.hpp"

#include <rapidcheck.h>

#include <algorithm>

#include "config/defaults_answer.hpp"
#include "tests/support/catch.hpp"

using namespace bramble;

namespace {

/// Few places and few scores, so that boxes cover each other and scores are equal.
std::vector<detection> some_detections() {
  const auto count = *rc::gen::inRange<std::size_t>(0, 40);
  std::vector<detection> out;
  for (std::size_t i = 0; i < count; ++i) {
    const double x = *rc::gen::inRange(0, 12), y = *rc::gen::inRange(0, 12);
    const double width = *rc::gen::inRange(1, 9), height = *rc::gen::inRange(1, 9);
    out.push_back({{x, y, x + width, y + height},
                   *rc::gen::inRange<std::size_t>(0, 3),
                   *rc::gen::inRange(1, 5) / 4.0});
  }
  return out;
}

}  // namespace

TEST_CASE("boxes cover each other by what they have in common") {
  CHECK(overlap({0, 0, 4, 4}, {0, 0, 4, 4}) == 1);
  CHECK(overlap({0, 0, 4, 4}, {2, 0, 6, 4}) == Approx(8.0 / 24));
  CHECK(overlap({0, 0, 4, 4}, {4, 0, 8, 4}) == 0);
  CHECK(overlap({0, 0, 4, 4}, {9, 9, 1, 1}) == 0);
  CHECK(overlap({3, 3, 3, 3}, {3, 3, 3, 3}) == 0);
}

TEST_CASE("of boxes of a class that cover each other the best stays") {
  const detection best{{0, 0, 10, 10}, 1, 0.9}, same{{1, 0, 11, 10}, 1, 0.8};
  const detection other{{1, 0, 11, 10}, 2, 0.7}, away{{50, 50, 60, 60}, 1, 0.3};
  CHECK(suppress({away, other, same, best}, 0.5) == std::vector{best, other, away});
  CHECK(suppress({same, best}, 0.9) == std::vector{best, same});
  CHECK(suppress({}, 0.5).empty());
}

TEST_CASE("what is suppressed does not depend on the order of candidates") {
  REQUIRE(rc::check("suppress", [] {
    const auto found = some_detections();
    const auto most = *rc::gen::element(0.0, 0.3, 0.45, 1.0);
    auto shuffled = found;
    for (std::size_t i = shuffled.size(); i > 1; --i)
      std::swap(shuffled[i - 1], shuffled[*rc::gen::inRange<std::size_t>(0, i)]);
    const auto kept = suppress(found, most);
    RC_ASSERT(suppress(shuffled, most) == kept);
    RC_ASSERT(suppress(kept, most) == kept);
    for (std::size_t i = 0; i < kept.size(); ++i) {
      RC_ASSERT(std::ranges::count(found, kept[i]) > 0);
      for (std::size_t k = 0; k < i; ++k) {
        RC_ASSERT(kept[k].score >= kept[i].score);
        RC_ASSERT(kept[k].index != kept[i].index || overlap(kept[k].where, kept[i].where) <= most);
      }
    }
    // Whatever went was covered by one that is at least as good.
    for (const auto& each : found)
      RC_ASSERT(std::ranges::count(kept, each) > 0 ||
                std::ranges::any_of(kept, [&](const detection& better) {
                  return better.index == each.index && better.score >= each.score &&
                         overlap(better.where, each.where) > most;
                }));
  }));
}

TEST_CASE("of more boxes than can be told the best are") {
  std::vector<detection> many;
  for (std::size_t i = 0; i < 5000; ++i) {
    const auto x = static_cast<double>(2 * i);
    many.push_back({{x, 0, x + 1, 1}, 0, 1 - x / 20'000});
  }
  std::ranges::reverse(many);
  const auto kept = suppress(many, 0.5);
  REQUIRE(kept.size() == defaults::boxes_told);
  CHECK(kept.front() == many.back());
}
