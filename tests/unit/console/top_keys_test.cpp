// What keys do to `bramble top`.
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/top_samples.hpp"

using namespace bramble;
using namespace bramble::test;

namespace {

using kind = top_key::kind_t;

void type_all(top_state& state, const std::string& text, const top_snapshot& now) {
  for (const char each : text) press(state, typed(std::string{each}.c_str()), now);
}

std::vector<std::string> keys_of_list(const top_state& state, const top_snapshot& now) {
  std::vector<std::string> out;
  for (const auto& row : list_of(state, now).rows) out.push_back(row.key);
  return out;
}

}  // namespace

TEST_CASE("a node is drained only after a question was answered with y") {
  const auto now = three_nodes_at_work();
  top_state state;
  press(state, {kind::down}, now);
  CHECK_FALSE(press(state, typed("d"), now));
  REQUIRE(state.question);
  CHECK(contains(screen_of(state, now), "Drain pi2: no more work of other hosts? (y/n)"));
  SECTION("y") {
    const auto action = press(state, typed("y"), now);
    REQUIRE(action);
    CHECK(action->node == "pi2");
    CHECK(action->kind == runtime_override::kind_t::drain);
  }
  SECTION("anything else") {
    CHECK_FALSE(press(state, typed("d"), now));
    CHECK_FALSE(press(state, typed("y"), now));
  }
  CHECK_FALSE(state.question);
}

TEST_CASE("the question is about the node that was selected, whoever has come since") {
  auto now = three_nodes_at_work();
  top_state state;
  press(state, {kind::end}, now);
  node_status early;
  early.name = "a1";
  early.state = "alive";
  now.shelf.nodes.insert(now.shelf.nodes.begin(), early);
  press(state, typed("r"), now);
  REQUIRE(state.question);
  CHECK(state.question->node == "pi3");
  CHECK(state.question->kind == runtime_override::kind_t::resume);
}

TEST_CASE("nothing is drained where no node is selected") {
  auto now = three_nodes_at_work();
  top_state state;
  press(state, typed("2"), now);
  press(state, typed("d"), now);
  CHECK_FALSE(state.question);
  press(state, typed("1"), now);
  now.shelf.nodes.clear();
  press(state, typed("d"), now);
  CHECK_FALSE(state.question);
}

TEST_CASE("a filter shows only lines that have it, until Escape") {
  const auto now = three_nodes_at_work();
  top_state state;
  press(state, typed("/"), now);
  type_all(state, "PI2qd", now);
  CHECK_FALSE(state.leaving);
  CHECK_FALSE(state.question);
  press(state, {kind::backspace}, now);
  press(state, {kind::backspace}, now);
  press(state, {kind::enter}, now);
  CHECK(keys_of_list(state, now) == std::vector<std::string>{"pi2"});
  CHECK(contains(screen_of(state, now), "/PI2"));
  press(state, typed("4"), now);
  CHECK(keys_of_list(state, now).size() == 3);  // each page has its own
  press(state, typed("1"), now);
  press(state, {kind::escape}, now);
  CHECK(keys_of_list(state, now).size() == 3);
}

TEST_CASE("actors are sorted, and the selected one stays selected") {
  const auto now = with_actors();
  top_state state;
  press(state, typed("2"), now);
  CHECK(keys_of_list(state, now).front() == "pi1/1");
  press(state, {kind::down}, now);
  press(state, typed("s"), now);
  CHECK(keys_of_list(state, now).front() == "pi2/3");
  CHECK(contains(screen_of(state, now), "sorted: mailbox"));
  CHECK(selected_in(list_of(state, now), state.place()) == 4);
  press(state, typed("s"), now);
  CHECK(contains(screen_of(state, now), "sorted: rate"));
  CHECK(keys_of_list(state, now).front() == "pi1/1");
}

TEST_CASE("Enter inspects an actor, Escape goes back") {
  auto now = with_actors();
  top_state state;
  press(state, typed("2"), now);
  press(state, {kind::down}, now);
  press(state, {kind::enter}, now);
  CHECK(contains(screen_of(state, now), "requester on pi1, #2, waits"));
  for (int i = 0; i < 100; ++i) press(state, {kind::page_down}, now);
  CHECK(contains(screen_of(state, now), "requester on pi1"));  // all of it fits
  now.actors.clear();
  CHECK(contains(screen_of(state, now), "not there any more"));
  press(state, {kind::escape}, now);
  CHECK(state.inspected.empty());
  CHECK(state.page == top_page::actors);
}

TEST_CASE("Enter on a node shows its actors") {
  const auto now = with_actors();
  top_state state;
  press(state, {kind::down}, now);
  press(state, {kind::enter}, now);
  CHECK(state.page == top_page::actors);
  CHECK(keys_of_list(state, now) == std::vector<std::string>{"pi2/1", "pi2/2", "pi2/3"});
}

TEST_CASE("pages follow each other, help is left by any key, q leaves") {
  const auto now = three_nodes_at_work();
  top_state state;
  for (const auto page :
       {top_page::actors, top_page::requests, top_page::events, top_page::overview}) {
    press(state, {kind::tab}, now);
    CHECK(state.page == page);
  }
  press(state, {kind::left}, now);
  CHECK(state.page == top_page::events);
  press(state, typed("?"), now);
  CHECK(contains(screen_of(state, now), "d, r              drain"));
  press(state, typed("q"), now);
  CHECK_FALSE(state.leaving);
  press(state, typed("q"), now);
  CHECK(state.leaving);
}

TEST_CASE("a long list scrolls with the selected line, newest events first") {
  auto now = three_nodes_at_work();
  for (std::uint64_t i = 10; i < 100; ++i)
    now.events.push_back(
        {{i, 1'700'000'000'000 + i, "pi1", "link", "", "event " + std::to_string(i)}, {"pi1"}});
  top_state state;
  press(state, typed("4"), now);
  CHECK(contains(screen_of(state, now), "event 99 "));
  press(state, {kind::end}, now);
  const auto text = screen_of(state, now);
  CHECK(contains(text, "pi3 is in the cluster"));
  CHECK_FALSE(contains(text, "event 99 "));
}
