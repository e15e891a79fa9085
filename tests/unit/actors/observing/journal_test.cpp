// What a node notes of the shelf: bounded, on disk, and there again after a restart.
#include "actors/observing/core/journal.hpp"

#include <fstream>

#include "config/defaults_observing.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bramble;

namespace {

struct noted_shelf {
  temporary_folder folder;
  std::filesystem::path file = folder.path() / "events";
  std::uint64_t now = 1'000'000;

  std::unique_ptr<journal> open() {
    return std::make_unique<journal>("pi1", file, [this] { return now; });
  }
};

}  // namespace

TEST_CASE("events are told by number, time and kind") {
  noted_shelf s;
  const auto it = s.open();
  it->note("joined", "pi2", "pi2 is in the cluster");
  s.now += 5000;
  it->note("plan", "cats", "plan 1 of cats is in use");
  it->note("review", "cats", "plan 1 of cats is kept");
  const auto all = it->events({});
  REQUIRE(all.events.size() == 2);
  CHECK(all.node == "pi1");
  CHECK(all.last == 3);
  CHECK(all.events[0].text == "pi2 is in the cluster");
  CHECK(all.events[0].node == "pi1");
  CHECK(it->events({1, 0, ""}).events.size() == 1);
  CHECK(it->events({0, 1'005'000, ""}).events.size() == 1);
  CHECK(it->events({0, 0, "joined"}).events.size() == 1);
  CHECK(it->events({0, 0, "review"}).events.size() == 1);
}

TEST_CASE("events survive a restart, and numbers go on") {
  noted_shelf s;
  s.open()->note("failed", "pi3", "pi3 does not answer any more");
  const auto it = s.open();
  it->note("joined", "pi3", "pi3 is back");
  const auto all = it->events({});
  REQUIRE(all.events.size() == 2);
  CHECK(all.events[0].kind == "failed");
  CHECK(all.events[0].about == "pi3");
  CHECK(all.events[0].at_ms == 1'000'000);
  CHECK(all.events[1].number > all.events[0].number);
}

TEST_CASE("a damaged line costs itself alone") {
  noted_shelf s;
  s.open()->note("joined", "pi2", "first");
  {
    std::ofstream out{s.file, std::ios::app};
    out << "{\"number\": 7, \"at_m\n" << std::string("\0\xff\x80 noise\n", 10) << "[]\n{}\n";
  }
  s.open()->note("joined", "pi2", "second");
  const auto all = s.open()->events({});
  std::vector<std::string> texts;
  for (const auto& each : all.events) texts.push_back(each.text);
  CHECK(std::ranges::count(texts, "first") == 1);
  CHECK(std::ranges::count(texts, "second") == 1);
  CHECK(std::ranges::count_if(texts, [](const auto& text) {
          return contains(text, "4 lines of") && contains(text, "could not be read");
        }) >= 1);
}

TEST_CASE("a journal is bounded, in memory and on disk") {
  noted_shelf s;
  const std::string text(defaults::event_text_most, 'x');
  {
    const auto it = s.open();
    for (std::size_t i = 0; i < 3 * defaults::journal_events; ++i) {
      it->note("link", "pi2", text + "beyond");
      it->note("review", "cats", text);
      if (i % 100 == 0) it->flush();
    }
    it->flush();
    CHECK(it->events({}).events.size() == defaults::journal_events);
    CHECK(it->events({}).events.back().text == text);
    CHECK(it->events({0, 0, "review"}).events.size() == defaults::journal_reviews);
  }
  const auto most = defaults::journal_file_bytes + 200 * (defaults::event_text_most + 200);
  CHECK(std::filesystem::file_size(s.file) <= most);
  CHECK(std::filesystem::file_size(s.file.string() + ".1") <= most);
  CHECK(s.open()->events({}).last >= 3 * defaults::journal_events);
}

TEST_CASE("a journal that cannot be written is one in memory") {
  noted_shelf s;
  std::filesystem::create_directories(s.file);
  const auto it = s.open();
  it->note("joined", "pi2", "pi2 is in the cluster");
  it->flush();
  CHECK(it->events({}).events.back().text == "pi2 is in the cluster");
}
