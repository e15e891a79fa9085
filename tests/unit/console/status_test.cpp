#include "console/status.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"

using namespace bramble;

namespace {

cluster_status two_nodes(std::optional<std::uint32_t> first, std::optional<std::uint32_t> second) {
  cluster_status out;
  for (const auto& [name, throttled] : {std::pair{"pi1", first}, std::pair{"pi2", second}}) {
    node_status node;
    node.name = name;
    node.state = "alive";
    node.report.throttled = throttled;
    out.nodes.push_back(node);
  }
  return out;
}

}  // namespace

TEST_CASE("a power supply that nobody knows of is not shown as a good one") {
  CHECK_FALSE(contains(describe(two_nodes(0, 0)), "under-voltage"));
  CHECK(contains(describe(two_nodes(0, 1)), ", under-voltage"));
  CHECK(contains(describe(two_nodes(0, std::nullopt)), "under-voltage: not known of pi2\n"));
  CHECK(contains(describe(two_nodes(std::nullopt, std::nullopt)),
                 "under-voltage: not known of any node\n"));
  const auto json = to_json(two_nodes(5, std::nullopt));
  CHECK(json["nodes"][0]["throttled"] == 5);
  CHECK(json["nodes"][1]["throttled"].is_null());
}

TEST_CASE("a name that means two models is told with what to type") {
  auto status = two_nodes(0, 0);
  status.nodes[0].report.models = {{"cats", {std::string(64, 'a')}}, {"", {std::string(64, 'c')}}};
  status.nodes[1].report.models = {{"cats", {std::string(64, 'a')}}};
  CHECK_FALSE(contains(describe(status), "cats"));
  CHECK(to_json(status)["conflicts"].empty());
  CHECK(to_json(status)["nodes"][0]["models"] == nlohmann::json{"cats"});
  status.nodes[1].report.models = {{"cats", {std::string(64, 'b')}}};
  CHECK(contains(describe(status), "type `bramble model use cats aaaaaaaaaaaa` on pi1"));
  CHECK(to_json(status)["conflicts"].size() == 1);
  status.nodes[1].state = "failed";
  CHECK(to_json(status)["conflicts"].empty());
}
