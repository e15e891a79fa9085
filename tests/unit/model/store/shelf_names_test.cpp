#include "model/store/shelf_names.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <optional>

#include "config/defaults_names.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"

using namespace bramble;

namespace {

std::string model(int which) {
  return std::string(63, 'a') + static_cast<char>('0' + which);
}

held_model held(const std::string& node, const name_record& record,
                const std::string& name = "cats") {
  return {node, {name, record}};
}

}  // namespace

TEST_CASE("a name that all use for one model means it, however they came to it") {
  const name_record plain{model(1)};
  const auto again = decide_name(model(1), {decide_name(model(2), {plain})});
  const auto meaning = meaning_of("cats", {held("pi1", plain), held("pi3", again)});
  CHECK(meaning.identity == model(1));
  CHECK(meaning.holders == std::vector<std::string>{"pi1", "pi3"});
  CHECK(meaning.outdated.empty());
  CHECK(meaning.conflict.empty());
  CHECK(meaning_of("dogs", {held("pi1", plain)}).identity.empty());
  CHECK(meaning_of("", {held("pi1", plain, "")}).identity.empty());
}

TEST_CASE("who replaced a model knowingly is followed, also back to the first one") {
  const name_record first{model(1)};
  const auto second = decide_name(model(2), {first});
  const auto back = decide_name(model(1), {second});
  auto meaning = meaning_of("cats", {held("pi1", first), held("pi2", second)});
  CHECK(meaning.identity == model(2));
  CHECK(meaning.holders == std::vector<std::string>{"pi2"});
  CHECK(meaning.outdated == std::vector<std::string>{"pi1"});

  meaning = meaning_of("cats", {held("pi1", first), held("pi2", second), held("pi3", back)});
  CHECK(meaning.identity == model(1));
  CHECK(meaning.holders == std::vector<std::string>{"pi1", "pi3"});
  CHECK(meaning.outdated == std::vector<std::string>{"pi2"});
}

TEST_CASE("two models that nobody chose between are a conflict, until somebody does") {
  const name_record one{model(1)};
  const name_record two{model(2)};
  std::vector<held_model> all{held("pi1", one), held("pi2", two), held("pi3", one)};
  const auto meaning = meaning_of("cats", all);
  CHECK(meaning.identity.empty());
  CHECK(is_sentence(meaning.conflict));
  CHECK(contains(meaning.conflict, "aaaaaaaaaaaa on pi1 and pi3; aaaaaaaaaaaa on pi2"));
  CHECK(contains(meaning.conflict, "`bramble model use cats aaaaaaaaaaaa` on pi1"));
  CHECK(conflicts_of(all) == std::vector<std::string>{meaning.conflict});

  all[1] = held("pi2", decide_name(model(2), {one, two}));
  CHECK(meaning_of("cats", all).identity == model(2));
  CHECK(conflicts_of(all).empty());
}

TEST_CASE("whatever was decided before, one who decides in the knowledge of all is followed") {
  CHECK(rc::check([] {
    const auto nodes = *rc::gen::inRange<std::size_t>(1, 5);
    std::vector<std::optional<name_record>> records(nodes);
    const auto all = [&] {
      std::vector<held_model> out;
      for (std::size_t i = 0; i < nodes; ++i)
        if (records[i]) out.push_back(held("pi" + std::to_string(i), *records[i]));
      return out;
    };
    for (auto turns = *rc::gen::inRange(0, 12); turns > 0; --turns) {
      const auto who = *rc::gen::inRange<std::size_t>(0, nodes);
      // Each knows its own record, and of the others what it happened to hear.
      std::vector<name_record> known;
      for (std::size_t i = 0; i < nodes; ++i)
        if (records[i] && (i == who || *rc::gen::arbitrary<bool>())) known.push_back(*records[i]);
      records[who] = decide_name(model(*rc::gen::inRange(0, 4)), known);
    }
    auto before = all();
    const auto meaning = meaning_of("cats", before);
    RC_ASSERT(meaning.identity.empty() == (before.empty() || !meaning.conflict.empty()));
    if (!meaning.identity.empty())
      RC_ASSERT(meaning.holders.size() + meaning.outdated.size() == before.size());
    std::reverse(before.begin(), before.end());
    RC_ASSERT(meaning_of("cats", before).identity == meaning.identity);

    std::vector<name_record> known;
    known.reserve(before.size());
    for (const auto& each : before) known.push_back(each.model.record);
    const auto who = *rc::gen::inRange<std::size_t>(0, nodes);
    records[who] = decide_name(model(5), known);
    RC_ASSERT(meaning_of("cats", all()).identity == model(5));
  }));
}

TEST_CASE("a record is kept as lines and read back, with a history that ends") {
  name_record record{model(0)};
  for (int i = 1; i < 40; ++i) record = decide_name(model(i % 9), {record});
  CHECK(record.earlier.size() == defaults::name_history_most);
  CHECK(parse_name_record(format_name_record(record), "here") == record);
  CHECK(format_name_record({model(1)}) == model(1));  // as older stores have it
  for (const auto& bad :
       {std::string{}, std::string{"cats"}, model(1) + "\nnothing", model(1) + "\n\n",
        model(1) + "\n" + std::string(16, 'A' + 20), "../" + model(1).substr(3)})
    CHECK(contains(complaint_of([&] { parse_name_record(bad, "here"); }), "here: "));
}

TEST_CASE("what a peer tells is believed where a store could hold it") {
  CHECK(is_sound(named_model{"cats", {model(1)}}));
  CHECK(is_sound(named_model{"", {model(1)}}));
  CHECK_FALSE(is_sound(named_model{"../cats", {model(1)}}));
  CHECK_FALSE(is_sound(named_model{"cats", {"no digest"}}));
  CHECK_FALSE(is_sound(named_model{"cats", {model(1), {"no stamp"}}}));
  CHECK_FALSE(is_sound(
      named_model{"cats", {model(1), std::vector<std::string>(99, std::string(16, 'a'))}}));
}

TEST_CASE("an identity is found by enough of its digits") {
  const std::string other = "b" + std::string(63, 'a');
  const std::vector<held_model> all{held("pi1", {model(1)}), held("pi2", {model(2)}),
                                    held("pi2", {other}, "")};
  CHECK(of_identity(model(1), all).size() == 1);
  CHECK(of_identity("baaaaa", all).front().node == "pi2");
  CHECK(of_identity("baaaa", all).empty());   // too few digits to mean anything
  CHECK(of_identity("aaaaaa", all).empty());  // either of two
  CHECK(of_identity("catscats", all).empty());
}
