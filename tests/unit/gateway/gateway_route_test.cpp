#include "gateway/protocol/refusal.hpp"
#include "gateway/protocol/route.hpp"
#include "tests/support/catch.hpp"

using namespace bramble::gateway;

namespace {

int status_of(const std::string& method, const std::string& path) {
  try {
    route_of(method, path);
  } catch (const refusal& e) {
    return e.status;
  }
  return 200;
}

}  // namespace

TEST_CASE("paths of the protocol go where they belong") {
  CHECK(route_of("GET", "/v2").what == target::server_metadata);
  CHECK(route_of("GET", "/v2/").what == target::server_metadata);
  CHECK(route_of("HEAD", "/v2/health/live").what == target::server_live);
  const auto infer = route_of("POST", "/v2/models/inception_v4/versions/0123456789ab/infer");
  CHECK(infer.what == target::infer);
  CHECK(infer.name == "inception_v4");
  CHECK(infer.version == "0123456789ab");
  CHECK(route_of("GET", "/v2/models/a.b-c/ready").name == "a.b-c");
  CHECK(route_of("GET", "/v2/models/ready").what == target::model_metadata);
  CHECK(route_of("GET", "/v2/models/%69nfer").name == "infer");
  CHECK(route_of("POST", "/v1/nodes/pi2/pace").name == "pi2");
  CHECK(route_of("GET", "/").name == "/");
  CHECK(route_of("GET", "/page.js").what == target::page);
}

TEST_CASE("other paths and methods are refused") {
  CHECK(status_of("POST", "/v2") == 405);
  CHECK(status_of("GET", "/v2/models/m/infer") == 405);
  CHECK(status_of("DELETE", "/v1/shelf") == 405);
  CHECK(status_of("OPTIONS", "/v2/models/m/infer") == 405);
  CHECK(status_of("POST", "/nothing") == 404);
  CHECK(status_of("GET", "/v2/models/..%2f..%2fetc") == 404);
  CHECK(status_of("GET", "/v2/models/.hidden") == 404);
  CHECK(status_of("GET", "/v2/models/%zz") == 400);
  CHECK(status_of("GET", "/v2/models/%4") == 400);
  CHECK(status_of("GET", "v2") == 400);
  CHECK(status_of("GET", "") == 400);
}

TEST_CASE("what changes the shelf wants to be allowed to") {
  for (const auto what : {target::node_drain, target::node_resume, target::node_pace,
                          target::repository_load, target::repository_unload})
    CHECK(permission_for(what) == permission::write);
  for (const auto what : {target::infer, target::classify, target::run, target::shelf,
                          target::events, target::metrics, target::model_metadata})
    CHECK(permission_for(what) == permission::read);
  for (const auto what : {target::server_live, target::server_ready, target::page})
    CHECK(permission_for(what) == permission::none);
}

TEST_CASE("values behind the question mark are found and decoded") {
  CHECK(query_value("/v1/classify/m?top=3&wire=fp16", "wire") == "fp16");
  CHECK(query_value("/v1/run/m?output=a%20b", "output") == "a b");
  CHECK(query_value("/v1/run/m?as", "as").empty());
  CHECK(query_value("/v1/run/m", "as").empty());
}
