#include "config/renewal.hpp"

#include <rapidcheck.h>

#include "config/base/files.hpp"
#include "config/issued_names.hpp"
#include "config/keys.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/two_nodes.hpp"

using namespace bramble;
using bramble::test::two_nodes;
using std::chrono::hours;

namespace {

wall_time today() {
  return std::chrono::system_clock::now();
}

/// Seven of the ten years later.
wall_time later() {
  return today() + hours{24 * 365 * 7};
}

}  // namespace

TEST_CASE("a certificate is due when two thirds of its time are over") {
  CHECK(rc::check([] {
    const wall_time from{hours{*rc::gen::inRange(0, 100'000)}};
    const hours length{*rc::gen::inRange(3, 100'000)};
    const validity when{from, from + length};
    const wall_time now{hours{*rc::gen::inRange(0, 300'000)}};
    if (now < from + length / 2) RC_ASSERT(!is_due_for_renewal(when, now));
    if (now >= from + length / 3 * 2 + hours{2}) RC_ASSERT(is_due_for_renewal(when, now));
  }));
}

TEST_CASE("a node whose certificate is due gets another one for the same key") {
  const two_nodes nodes;
  CHECK_FALSE(need_of_renewal(nodes.b, today()).is_due);
  const auto need = need_of_renewal(nodes.b, later());
  REQUIRE(need.is_due);
  CHECK_FALSE(need.is_authority_here);
  CHECK(need_of_renewal(nodes.a, later()).is_authority_here);
  const auto before = read_file(nodes.b / "node.crt");
  const auto key = read_file(nodes.b / "node.key");
  const auto fresh = renew_certificate(nodes.a, "b", need.request, later());
  replace_certificate(nodes.b, fresh);
  CHECK(load_keys(nodes.b).node_name == "b");
  CHECK(read_file(nodes.b / "node.crt") != before);
  CHECK(read_file(nodes.b / "node.key") == key);
  CHECK(read_issued(nodes.a / "issued").back().how == "renewal");
}

TEST_CASE(
    "nothing is renewed before its time, for strangers, for revoked ones, or without authority") {
  const two_nodes nodes;
  const auto request = need_of_renewal(nodes.b, later()).request;
  const auto said = [&](const auto& folder, const std::string& name, byte_span asked,
                        wall_time now) {
    auto text = complaint_of([&] { renew_certificate(folder, name, asked, now); });
    CHECK(is_sentence(text));
    return text;
  };
  CHECK(contains(said(nodes.a, "b", request, today()), "not due"));
  CHECK(contains(said(nodes.a, "c", request, later()), "No keys were issued"));
  CHECK(contains(said(nodes.b, "b", request, later()), "not on this node"));
  CHECK(contains(said(nodes.a, "b", byte_span{request}.first(20), later()), "damaged"));
  revoke_keys(nodes.a, "b");
  CHECK(contains(said(nodes.a, "b", request, later()), "revoked"));
}

TEST_CASE("a certificate of another key, name or authority takes no place") {
  const two_nodes nodes, other;
  const auto before = read_file(nodes.b / "node.crt");
  const auto put = [&](const std::filesystem::path& from) {
    return complaint_of(
        [&] { replace_certificate(nodes.b, as_text(read_file(from / "node.crt"))); });
  };
  CHECK(contains(put(nodes.a), "not for b"));
  CHECK(contains(put(other.b), "private key"));
  CHECK(is_sentence(complaint_of([&] { replace_certificate(nodes.b, "nothing"); })));
  CHECK(read_file(nodes.b / "node.crt") == before);
}
