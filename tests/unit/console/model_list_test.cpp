#include "console/model_list.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"

using namespace bramble;

namespace {

const std::string first(64, 'a');
const std::string second(64, 'b');
const stored_model here{"cats", first, 5'000'000, true, {}, true};

}  // namespace

TEST_CASE("models of this home are listed with the nodes that have them, then those of others") {
  const auto models = list_models({here}, {{"pi2", {"dogs", {second}}},
                                           {"pi3", {"cats", {first}}},
                                           {"pi1", {"cats", {first}}},
                                           {"pi1", {"", {second}}}});
  REQUIRE(models.size() == 2);
  CHECK(models[0].name == "cats");
  CHECK(models[0].nodes == std::vector<std::string>{"pi1", "pi3"});
  CHECK(models[1].name == "dogs");
  CHECK_FALSE(models[1].here);
  const auto text = describe(models);
  CHECK(contains(text, "5.00 MB"));
  CHECK(contains(text, "pi1, pi3"));
  CHECK(contains(text, "not here"));

  const auto json = to_json(models, true);
  CHECK(json[0]["bytes"] == 5'000'000);
  CHECK(json[0]["in_use"] == true);
  CHECK(json[0]["nodes"] == nlohmann::json{"pi1", "pi3"});
  CHECK(json[1]["here"] == false);
  CHECK(json[1]["bytes"].is_null());
  CHECK(to_json(models, false)[0]["nodes"].is_null());
}

TEST_CASE("what was replaced, and what is contested, is said beside the model") {
  auto models = list_models(
      {here}, {{"pi1", {"cats", {first}}}, {"pi2", {"cats", decide_name(second, {{first}})}}});
  REQUIRE(models.size() == 2);
  CHECK(models[0].note == "replaced by bbbbbbbbbbbb");
  CHECK(models[1].note.empty());
  models = list_models({here}, {{"pi1", {"cats", {first}}}, {"pi2", {"cats", {second}}}});
  CHECK(models[0].note == "contested");
  CHECK(models[1].note == "contested");
}
