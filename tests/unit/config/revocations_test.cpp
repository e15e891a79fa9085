#include "config/revocations.hpp"

#include <rapidcheck.h>

#include "config/base/files.hpp"
#include "config/issued_names.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/mutate.hpp"
#include "tests/support/two_nodes.hpp"

using namespace bramble;
using bramble::test::two_nodes;

namespace {

certificate certificate_in(const std::filesystem::path& file) {
  return certificate_from_pem(read_file(file));
}

}  // namespace

TEST_CASE("keys that are revoked are so for whoever has the authority's certificate") {
  const two_nodes nodes;
  const auto b = certificate_in(nodes.b / "node.crt");
  const auto a = certificate_in(nodes.a / "node.crt");
  revocations known{key_paths{nodes.b}};
  CHECK(known.number() == 0);
  CHECK(known.text().empty());
  CHECK_FALSE(known.covers(*b));
  const auto list = revoke_keys(nodes.a, "b");
  CHECK(known.take(list));
  CHECK(known.number() == 1);
  CHECK(known.covers(*b));
  CHECK_FALSE(known.covers(*a));
  CHECK_FALSE(known.take(list));
  // On disk where it was made: the node that has the authority knows it when it starts.
  CHECK(revocations{key_paths{nodes.a}}.covers(*b));
}

TEST_CASE("lists grow, and an older one is not taken for a newer") {
  const two_nodes nodes;
  install_keys(nodes.folder / "c" / "keys", issue_keys(nodes.a, "c"));
  const auto first = revoke_keys(nodes.a, "b");
  const auto second = revoke_keys(nodes.a, "c");
  revocations known{key_paths{nodes.b}};
  CHECK(known.take(second));
  CHECK(known.number() == 2);
  CHECK(known.covers(*certificate_in(nodes.b / "node.crt")));
  CHECK(known.covers(*certificate_in(nodes.folder / "c" / "keys" / "node.crt")));
  CHECK_FALSE(known.take(first));
  CHECK(known.number() == 2);
  CHECK(known.text() == second);
}

TEST_CASE("all certificates of a name are revoked, and not those it gets later") {
  const two_nodes nodes;
  const auto old = certificate_in(nodes.b / "node.crt");
  install_keys(nodes.b, issue_keys(nodes.a, "b", true));
  const auto second = certificate_in(nodes.b / "node.crt");
  revocations known{key_paths{nodes.b}};
  known.take(revoke_keys(nodes.a, "b"));
  CHECK(known.covers(*old));
  CHECK(known.covers(*second));
  install_keys(nodes.b, issue_keys(nodes.a, "b", true));
  CHECK_FALSE(known.covers(*certificate_in(nodes.b / "node.crt")));
}

TEST_CASE("what cannot be revoked is told") {
  const two_nodes nodes;
  const auto said = [&](const auto& folder, const std::string& name) {
    auto text = complaint_of([&] { revoke_keys(folder, name); });
    CHECK(is_sentence(text));
    return text;
  };
  CHECK(contains(said(nodes.a, "pi9"), "bramble keys list"));
  CHECK(contains(said(nodes.a, "a"), "this node itself"));
  CHECK(contains(said(nodes.b, "a"), "no authority"));
  // A line of before there were serial numbers.
  write_file_atomically(nodes.a / "issued", as_bytes("b 2026-01-02\n"));
  CHECK(contains(said(nodes.a, "b"), "older version"));
  CHECK(read_issued(nodes.a / "issued").front().day == "2026-01-02");
}

TEST_CASE("a list of another authority, a damaged one or none is refused") {
  const two_nodes nodes, other;
  revocations known{key_paths{nodes.b}};
  CHECK(is_sentence(complaint_of([&] { known.take(revoke_keys(other.a, "b")); })));
  CHECK(is_sentence(complaint_of([&] { known.take(""); })));
  CHECK(is_sentence(complaint_of([&] { known.take(std::string(100'000, 'a')); })));
  const auto list = revoke_keys(nodes.a, "b");
  CHECK(rc::check([&] {
    const auto wrong = *damaged({list.begin(), list.end()});
    revocations fresh{key_paths{nodes.b}};
    const std::string text{wrong.begin(), wrong.end()};
    bool news = false;
    RC_ASSERT(succeeds_or_complains([&] { news = fresh.take(text); }));
    // Damage around the list may not matter; then it is the same list.
    if (news) RC_ASSERT(fresh.text() == list);
  }));
  CHECK(known.number() == 0);
  write_file_atomically(nodes.b / "revoked.crl", as_bytes(list.substr(0, 100)));
  CHECK(contains(complaint_of([&] { revocations{key_paths{nodes.b}}; }), "revoked.crl"));
}
