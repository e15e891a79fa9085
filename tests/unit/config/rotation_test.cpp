// A cluster gets a new authority, while its nodes know the one before.
#include "config/authorities.hpp"
#include "config/base/files.hpp"
#include "config/issued_names.hpp"
#include "config/keys.hpp"
#include "config/renewal.hpp"
#include "config/revocations.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/two_nodes.hpp"

using namespace bramble;
using bramble::test::two_nodes;
using std::chrono::hours;
namespace fs = std::filesystem;

namespace {

wall_time clock_now() {
  return std::chrono::system_clock::now();
}

std::vector<certificate> all_in(const fs::path& file) {
  return certificates_from_pem(read_file(file));
}

/// As a node that trusts what is in `whose` judges what `shown` shows, at `when`.
std::string refusal(const fs::path& whose, const fs::path& shown, wall_time when) {
  const auto trusted = trusted_in(read_file(key_paths{whose}.ca_crt), when);
  auto chain = all_in(key_paths{shown}.node_crt);
  const auto node = std::move(chain.front());
  chain.erase(chain.begin());
  return why_not_trusted(*node, trusted, chain, when);
}

void renew(const two_nodes& nodes) {
  const auto need = need_of_renewal(nodes.b, clock_now());
  replace_certificate(nodes.b, renew_certificate(nodes.a, "b", need.request, clock_now()));
}

}  // namespace

TEST_CASE("nodes that know only the authority before go on, in both directions") {
  const two_nodes nodes;
  const auto before = load_keys(nodes.b);
  rotate_authority(nodes.a, clock_now() + hours{24});
  CHECK(refusal(nodes.b, nodes.a, clock_now()).empty());
  CHECK(refusal(nodes.a, nodes.b, clock_now()).empty());
  CHECK(load_keys(nodes.b).authorities == before.authorities);

  const auto after = load_keys(nodes.a);
  REQUIRE(after.authorities.size() == 2);
  CHECK(after.authorities[1] == before.authorities[0]);
  CHECK(after.founder == before.founder);
  CHECK(after.cluster_id == before.cluster_id);
  CHECK(read_issued(key_paths{nodes.a}.issued).back().how == "rotate");
}

TEST_CASE("a node that renews knows the new authority, which is enough when the overlap is over") {
  const two_nodes nodes;
  const auto until = clock_now() + hours{24};
  rotate_authority(nodes.a, until);
  const auto later = until + hours{1};
  CHECK_FALSE(refusal(nodes.b, nodes.a, later).empty());
  CHECK_FALSE(refusal(nodes.a, nodes.b, later).empty());
  renew(nodes);
  CHECK(load_keys(nodes.b).authorities == load_keys(nodes.a).authorities);
  CHECK(load_keys(nodes.b).founder == load_keys(nodes.a).founder);
  for (const auto when : {clock_now(), later}) {
    CHECK(refusal(nodes.b, nodes.a, when).empty());
    CHECK(refusal(nodes.a, nodes.b, when).empty());
  }
  // It has one of the present authority, and is not due.
  const auto need = need_of_renewal(nodes.b, clock_now());
  CHECK_FALSE(need.is_due);
  CHECK(contains(complaint_of([&] { renew_certificate(nodes.a, "b", need.request, clock_now()); }),
                 "not due"));
}

TEST_CASE("a node that was away while there were two new authorities renews by the last") {
  const two_nodes nodes;
  rotate_authority(nodes.a, clock_now() + hours{48});
  rotate_authority(nodes.a, clock_now() + hours{24});
  CHECK(refusal(nodes.b, nodes.a, clock_now()).empty());
  CHECK(refusal(nodes.a, nodes.b, clock_now()).empty());
  renew(nodes);
  CHECK(load_keys(nodes.b).authorities == load_keys(nodes.a).authorities);
  CHECK(load_keys(nodes.b).authorities.size() == 3);
}

TEST_CASE("a node that joins after a rotation has all that is needed") {
  two_nodes nodes;
  rotate_authority(nodes.a, clock_now() + hours{24});
  const auto c = nodes.folder / "c" / "keys";
  install_keys(c, issue_keys(nodes.a, "c"));
  CHECK(load_keys(c).authorities == load_keys(nodes.a).authorities);
  CHECK(refusal(c, nodes.b, clock_now()).empty());
  CHECK(refusal(nodes.b, c, clock_now()).empty());
}

TEST_CASE("an authority that nobody known vouches for is not taken, whatever it says") {
  const two_nodes nodes;
  const auto here = key_paths{nodes.b};
  const auto founder = load_keys(nodes.b).founder;
  const auto today = clock_now();
  const auto false_key = make_key();
  const auto claimed = make_authority(
      *false_key, common_name(*all_in(here.ca_crt).front()), {today - hours{1}, today + hours{99}},
      {"bramble:founder:" + founder, "bramble:former-until:99999999999"});
  const auto own = key_from_pem(read_file(here.node_key));
  const auto node =
      make_node_certificate(*own, "b", *claimed, *false_key, {today - hours{1}, today + hours{9}});
  const auto known = as_text(read_file(here.ca_crt));
  const auto trusted_before = load_keys(nodes.b).authorities;

  SECTION("alone, in front of a certificate of its own") {
    CHECK(contains(
        complaint_of([&] { replace_certificate(nodes.b, to_pem(*node) + to_pem(*claimed)); }),
        "another cluster"));
  }
  SECTION("behind the one that is known, with the certificate that is there") {
    const auto bundle = as_text(read_file(here.node_key)) + as_text(read_file(here.node_crt)) +
                        known + to_pem(*claimed);
    install_keys(nodes.b, as_bytes(bundle));
  }
  SECTION("with a cross certificate by itself") {
    const auto cross = make_cross_certificate(*claimed, *claimed, *false_key,
                                              {today - hours{1}, today + hours{9}});
    CHECK_FALSE(complaint_of([&] {
                  replace_certificate(nodes.b, to_pem(*node) + to_pem(*cross) + to_pem(*claimed));
                }).empty());
  }
  CHECK(load_keys(nodes.b).authorities == trusted_before);
}

TEST_CASE("what was revoked stays so under the new authority, and is signed by it") {
  const two_nodes nodes;
  const auto c = nodes.folder.path() / "c" / "keys";
  install_keys(c, issue_keys(nodes.a, "c"));
  const auto own = all_in(key_paths{c}.node_crt);
  revocations at_b{key_paths{nodes.b}};
  REQUIRE(at_b.take(revoke_keys(nodes.a, "c")));

  rotate_authority(nodes.a, clock_now() + hours{24});
  const revocations at_a{key_paths{nodes.a}};
  CHECK(at_a.number() == 2);
  CHECK(at_a.covers(*own.front()));
  CHECK(contains(complaint_of([&] { at_b.take(at_a.text()); }), "revoked certificates"));
  renew(nodes);
  at_b.look_again(key_paths{nodes.b});
  CHECK(at_b.take(at_a.text()));
  CHECK(at_b.covers(*own.front()));
}

TEST_CASE("a rotation that was cut off by the power leaves an authority that certifies") {
  const two_nodes nodes;
  const key_paths paths{nodes.a};
  const auto before = read_file(paths.ca_key);
  const auto trusted = load_keys(nodes.a).authorities;
  // The new key was there, and nothing else.
  write_file_atomically(paths.ca_key_before, before, 0600);
  write_file_atomically(paths.ca_key, as_bytes(to_pem(*make_key())), 0600);
  CHECK_FALSE(issue_keys(nodes.a, "c").empty());
  rotate_authority(nodes.a, clock_now() + hours{24});
  CHECK_FALSE(fs::exists(paths.ca_key_before));
  CHECK(load_keys(nodes.a).authorities.back() == trusted.front());
  CHECK_FALSE(issue_keys(nodes.a, "d").empty());
}

TEST_CASE("only the node that has the authority begins another") {
  const two_nodes nodes;
  CHECK(is_sentence(complaint_of([&] { rotate_authority(nodes.b, clock_now() + hours{24}); })));
}
