// What nodes make up does not make another one grow without a limit.
#include "config/defaults.hpp"
#include "config/defaults_addresses.hpp"
#include "discovery/duplicate_names.hpp"
#include "discovery/member_book.hpp"
#include "discovery/membership.hpp"
#include "tests/support/book_keeper.hpp"
#include "tests/support/catch.hpp"

using namespace bramble;
using namespace bramble::test;
using std::chrono::seconds;

namespace {

member made_up(const std::string& name, std::uint64_t boot = 1) {
  member out;
  out.name = name;
  out.control_port = 7741;
  out.data_port = 7742;
  out.boot = boot;
  return out;
}

}  // namespace

TEST_CASE("a view that is full takes no more names in, and news of those it has") {
  membership view;
  for (std::size_t i = 0; i < defaults::members_limit; ++i) {
    const auto name = "n" + std::to_string(i);
    view.members.emplace(name, made_up(name));
  }
  const auto changed = merge(view, {{{"m", made_up("m")}, {"n7", made_up("n7", 2)}}});
  CHECK(changed == std::vector<std::string>{"n7"});
  CHECK(view.members.size() == defaults::members_limit);
  validate(view, "x");
}

TEST_CASE("of names that somebody makes up only so many are kept as forgotten") {
  tombstones memory{defaults::forget_failed_after};
  tombstones::time_point now{};
  auto ghost = made_up("ghost");
  ghost.state = member::state_t::failed;
  const auto is_forgotten = [&] {
    membership view{{{"ghost", ghost}}};
    memory.tidy(view, now);
    return view.members.empty();
  };
  CHECK_FALSE(is_forgotten());
  now += defaults::forget_failed_after;
  CHECK(is_forgotten());
  for (std::size_t i = 0; i < defaults::tombstones_most; ++i) {
    auto each = ghost;
    each.name = "n" + std::to_string(i);
    membership view{{{each.name, each}}};
    memory.tidy(view, now + seconds{1});
  }
  CHECK_FALSE(is_forgotten());
}

TEST_CASE("lives that are made up do not hide that two machines claim a name") {
  duplicate_names watch;
  duplicate_names::time_point now{};
  membership view{{{"b", made_up("b")}}};
  std::size_t said = 0;
  for (std::uint64_t i = 0; i < 100; ++i)
    for (const std::uint64_t instance : {std::uint64_t{1}, std::uint64_t{2}, 100 + i}) {
      view.members.at("b").instance = instance;
      said += watch.look(view, now).size();
    }
  CHECK(said == 1);
}

TEST_CASE("what nodes make up does not make a book grow without a limit") {
  book_keeper keeper{{made_up("me"), {}, "", {}, {}}};
  member_event::gossip_heard news;
  const auto limit = defaults::members_limit;
  for (std::size_t round = 0; round < 20; ++round) {
    news.view.members.clear();
    for (std::size_t i = 0; i < limit; ++i) {
      auto each = made_up("n" + std::to_string(round * limit + i));
      each.state = static_cast<member::state_t>(round % 3);
      news.view.members.emplace(each.name, each);
    }
    news.sender = "liar" + std::to_string(round);
    keeper.happen(news);
    keeper.now += seconds{1};
    keeper.happen(member_event::tick{1});
    REQUIRE(keeper.book.view().members.size() <= limit);
    REQUIRE(keeper.open.size() <= limit + 3);
    validate(keeper.book.told_to("n1"), "what is told to others");
  }
  for (std::size_t i = 0; i < 3 * limit; ++i) {
    keeper.happen(member_event::gossip_heard{{}, "stranger" + std::to_string(i), true});
    keeper.happen(member_event::link_lost{1, "", "no reason.", "there"});
  }
  CHECK(keeper.reports.size() <= 2 * limit);
}
