// What `bramble top` draws, in every size.
#include <rapidcheck.h>

#include <sstream>

#include "console/top/draw.hpp"
#include "console/top/figures.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/top_samples.hpp"

using namespace bramble;
using namespace bramble::test;

namespace {

std::vector<std::string> rows_of_screen(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

std::string row_with(const std::string& text, const std::string& part) {
  for (const auto& row : rows_of_screen(text))
    if (contains(row, part)) return row;
  return "";
}

bool is_ascii(const std::string& text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace

TEST_CASE("an overview of 80x24 has nodes, links, history, the last request, events and keys") {
  const auto text = screen_of({}, three_nodes_at_work());
  INFO(text);
  CHECK(rows_of_screen(text).size() == 24);
  CHECK(contains(text, "3 of 3 nodes, coordinator pi1"));
  const auto host = row_with(text, "5.5/6.0");
  CHECK(contains(host, "pi1"));
  CHECK(contains(host, "50 %"));  // twice a second 250 ms
  CHECK(contains(host, "51 C"));
  CHECK(contains(host, "842/3792 MB"));
  CHECK(contains(host, "3/1"));
  CHECK(contains(row_with(text, "2.5/6.0"), "slower than planned"));
  CHECK(contains(row_with(text, "-/6.0"), "pi3"));
  CHECK(contains(text, "940 85%"));  // 50 MB twice a second
  CHECK(contains(text, "latency 409 ms"));
  CHECK(contains(text, "predicted 360 ms (above), took 400 ms (below)"));
  CHECK(contains(text, "pi9 does not answer any more"));
  CHECK(contains(text, "q quit"));
}

TEST_CASE("a large screen has the strips apart, and every event") {
  const auto text = screen_of({}, three_nodes_at_work(), 200, 60);
  INFO(text);
  CHECK(rows_of_screen(text).size() == 60);
  const auto rows = rows_of_screen(text);
  const auto heading = std::ranges::find_if(
      rows, [](const std::string& row) { return contains(row, "last request"); });
  REQUIRE(rows.end() - heading > 5);
  CHECK(contains(heading[1], "pi1"));
  CHECK(contains(heading[2], "\u2588"));
  CHECK_FALSE(contains(heading[2], "pi"));
  CHECK(contains(heading[3], "pi2"));
  CHECK(contains(text, "pi3 is in the cluster"));
}

TEST_CASE("no size, page or text draws outside the screen") {
  auto now = with_actors();
  now.shelf.nodes[1].name = std::string(300, 'x') + "\033[2J\n";
  now.trouble = std::string(500, 't');
  REQUIRE(rc::check([&] {
    const auto width = static_cast<std::size_t>(*rc::gen::inRange(0, 210));
    const auto height = static_cast<std::size_t>(*rc::gen::inRange(0, 70));
    top_state state;
    state.page = static_cast<top_page>(*rc::gen::inRange(0, 4));
    state.help = *rc::gen::arbitrary<bool>();
    state.filtering = *rc::gen::arbitrary<bool>();
    if (*rc::gen::arbitrary<bool>()) state.inspected = "pi2/2";
    if (*rc::gen::arbitrary<bool>()) state.question = top_action{};
    const bool utf8 = *rc::gen::arbitrary<bool>();
    const auto text = screen_of(state, now, width, height, utf8);
    const auto rows = rows_of_screen(text);
    RC_ASSERT(rows.size() == height);
    for (const auto& row : rows) {
      RC_ASSERT(columns_of(row) <= width);
      RC_ASSERT(std::ranges::count(row, '\033') == 0);
      RC_ASSERT(utf8 || is_ascii(row));
    }
  }));
}

TEST_CASE("the smallest screens still say who is there and what to type") {
  const auto text = screen_of({}, three_nodes_at_work(), 20, 5);
  INFO(text);
  CHECK(contains(text, "bramble top"));
  CHECK(contains(text, "pi1"));
  CHECK(contains(text, "1-4 pages"));
}

TEST_CASE("bars and strips are of ASCII where the locale is") {
  const auto text = screen_of({}, three_nodes_at_work(), 80, 24, false);
  INFO(text);
  CHECK(is_ascii(text));
  CHECK(contains(text, "####"));
  CHECK(contains(text, "^"));
  // One row for both strips.
  const auto small = screen_of({}, three_nodes_at_work(), 80, 20, false);
  INFO(small);
  CHECK(contains(small, "::::"));
  CHECK(contains(small, "...."));
}

TEST_CASE("where not all links have room, they show how much is used, and that some are left out") {
  auto now = three_nodes_at_work();
  for (int i = 4; i <= 12; ++i) {
    node_status node;
    node.name = "pi" + std::to_string(i);
    node.state = "alive";
    now.shelf.nodes.push_back(node);
  }
  const auto text = screen_of({}, now, 80, 40);
  INFO(text);
  CHECK(contains(row_with(text, "Mbit/s, used"), "pi6"));
  CHECK(contains(row_with(text, "Mbit/s, used"), "~"));
  CHECK(contains(text, " 85%"));
  CHECK_FALSE(contains(text, "940 85%"));
  CHECK(contains(text, "requests/s"));
}

TEST_CASE("a change of plans is marked below the second in which it came") {
  auto now = three_nodes_at_work();
  const auto at = [&] {
    const auto row = row_with(screen_of({}, now, 80, 24, false), "^");
    return row.find('^');
  };
  const auto before = at();
  now.history.push_back({2, 400, false});
  CHECK(at() + 1 == before);
}

TEST_CASE("a node that failed shows nothing from before as if it were so now") {
  auto now = three_nodes_at_work();
  now.shelf.nodes[1].state = "failed";
  const auto text = screen_of({}, now);
  INFO(text);
  const auto row = row_with(text, "failed  ");
  CHECK(contains(row, "pi2"));
  CHECK_FALSE(contains(row, "51 C"));
  CHECK(contains(text, "2 of 3 nodes"));
  const auto drawn = draw_top({}, now, 80, 24, true, 0);
  bool red = false;
  for (const auto& part : drawn.row(4)) red = red || part.look.front == colour::red;
  CHECK(red);
}

TEST_CASE("what cannot be learnt is a dash") {
  auto now = three_nodes_at_work();
  now.shelf.nodes[0].report.temperature_c = 0;
  now.request.reset();
  now.hosts.clear();
  now.history.clear();
  const auto text = screen_of({}, now);
  INFO(text);
  CHECK(contains(row_with(text, "3/1"), "-/6.0     -  842/3792 MB"));
  CHECK(contains(text, "No request was answered yet."));
  CHECK(contains(text, "latency -"));
}

TEST_CASE("troubles and a state that is not of now are told at once") {
  auto now = three_nodes_at_work();
  now.shelf.nodes[0].report.warnings = {"the actor requester is stuck in infer for 12 s"};
  now.trouble = "not of now: pi1 did not answer in time";
  now.silent = {"pi3"};
  const auto text = screen_of({}, now);
  INFO(text);
  CHECK(contains(text, "! on pi1 the actor requester is stuck"));
  CHECK(contains(row_with(text, "1 overview"), "pi1 did not answer"));
  CHECK(contains(row_with(text, "-/6.0"), "does not answer"));
}

TEST_CASE("UTF-8 that is broken, or does something to a terminal, becomes a question mark") {
  canvas on{10, 1, true};
  on.put(0, 0, "\xC3\xA9\xFF\x1B\xE2\x80");
  CHECK(on.text() == "\xC3\xA9????\n");
  canvas wide{4, 1, true};
  wide.put(0, 0, "a\u6F22\u0301\u00E9");
  CHECK(wide.text() == "a??\u00E9\n");
  CHECK(cut_to("abcdef", 4) == "abc~");
  CHECK(cut_to("abcd", 4) == "abcd");
}
