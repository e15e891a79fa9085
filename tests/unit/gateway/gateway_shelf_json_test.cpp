#include "gateway/view/shelf_json.hpp"

#include <nlohmann/json.hpp>

#include "gateway/page/page_files.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/top_samples.hpp"

using namespace bramble;
using namespace bramble::gateway;
using nlohmann::json;

TEST_CASE("the shelf is told as one object in one line") {
  const auto shelf = test::three_nodes_at_work();
  const auto text = shelf_json(&shelf, "");
  CHECK(contains(text, "\n") == false);
  const auto told = json::parse(text);
  CHECK(told["coordinator"] == "pi1");
  CHECK(told["trouble"].get<std::string>().empty());
  REQUIRE(told["nodes"].size() == 3);
  CHECK(told["nodes"][0]["name"] == "pi1");
  CHECK(told["nodes"][0]["condition"] == "alive");
  CHECK(told["nodes"][0]["links"][0]["to"] == "pi2");
  CHECK(told["nodes"][0]["links"][0]["use"].is_number());
  CHECK(told["request"]["predicted_ms"] == 360);
  CHECK(told["request"]["nodes"][0]["predicted"] == json::parse("[[0.0,100.0],[150.0,360.0]]"));
  CHECK(told["history"].size() == 30);
  CHECK(told["history"][20]["plan_changed"] == true);
  CHECK(told["events"].size() == 3);
  CHECK(told["plans"][0]["measured_ms"] == 390);
}

TEST_CASE("a shelf that is not there has no nodes, and says why") {
  const auto told = json::parse(shelf_json(nullptr, "nobody answers"));
  CHECK(told["nodes"].empty());
  CHECK(told["trouble"] == "nobody answers");
}

TEST_CASE("the page is in the program, and asks nobody else") {
  bool has_index = false;
  for (const auto& file : page_files()) {
    has_index = has_index || file.path == "/index.html";
    CHECK(file.content.empty() == false);
    CHECK(contains(file.content, "http://") == false);
    CHECK(contains(file.content, "https://") == false);
    // Neither would run under the page's content security policy.
    if (file.type.starts_with("text/html")) {
      CHECK(contains(file.content, "<script>") == false);
      CHECK(contains(file.content, " style=") == false);
      CHECK(contains(file.content, " onclick=") == false);
    }
  }
  CHECK(has_index);
}
