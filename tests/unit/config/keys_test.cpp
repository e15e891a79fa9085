#include "config/keys.hpp"

#include <rapidcheck.h>

#include <filesystem>
#include <map>

#include "config/base/files.hpp"
#include "config/defaults.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/mutate.hpp"
#include "tests/support/two_nodes.hpp"

using namespace bramble;
using bramble::test::two_nodes;
namespace fs = std::filesystem;

namespace {

fs::perms mode_of(const fs::path& path) {
  return fs::status(path).permissions();
}

std::map<std::string, byte_vector> contents(const fs::path& folder) {
  std::map<std::string, byte_vector> out;
  if (fs::exists(folder))
    for (const auto& entry : fs::directory_iterator{folder})
      out[entry.path().filename()] = read_file(entry.path());
  return out;
}

}  // namespace

TEST_CASE("a cluster's first node has an authority and a certificate of it") {
  const temporary_folder folder;
  const auto keys = folder / "home" / "keys";
  init_keys(keys, "shelf", "pi1");
  const auto info = load_keys(keys);
  CHECK(info.node_name == "pi1");
  CHECK(info.cluster_name == "shelf");
  CHECK(info.cluster_id.size() == 8);
  CHECK(info.founder.size() == 64);
  CHECK(info.can_issue);
  const auto now = std::chrono::system_clock::now();
  CHECK(info.expiry > now + defaults::node_validity - std::chrono::hours{1});
  CHECK(info.expiry < now + defaults::node_validity + std::chrono::hours{1});
}

TEST_CASE("private keys are for their owner only, and nothing else is left in the folder") {
  const two_nodes nodes;
  CHECK(mode_of(nodes.a) == fs::perms::owner_all);
  const auto secret = fs::perms::owner_read | fs::perms::owner_write;
  CHECK(mode_of(nodes.a / "ca.key") == secret);
  CHECK(mode_of(nodes.a / "node.key") == secret);
  CHECK(mode_of(nodes.b / "node.key") == secret);
  CHECK(contents(nodes.a).size() == 5);
  CHECK(contents(nodes.b).size() == 3);
}

TEST_CASE("a name that has keys gets no others, unless they replace them") {
  const two_nodes nodes;
  const auto before = contents(nodes.a);
  const auto said = complaint_of([&] { issue_keys(nodes.a, "b"); });
  CHECK(is_sentence(said));
  CHECK(contains(said, "bramble keys issue --replace b"));
  CHECK(contains(complaint_of([&] { issue_keys(nodes.a, "a"); }), "this node itself"));
  CHECK(contents(nodes.a) == before);
  CHECK_FALSE(issue_keys(nodes.a, "b", true).empty());
  CHECK_FALSE(issue_keys(nodes.a, "a", true).empty());
  // A name that begins like another is another one.
  CHECK_FALSE(issue_keys(nodes.a, "b2").empty());
  CHECK(contains(complaint_of([&] { issue_keys(nodes.a, "b2"); }), "b2 has keys"));
  // Of a cluster from before there was such a list, the node itself is known.
  fs::remove(nodes.a / "issued");
  CHECK(contains(complaint_of([&] { issue_keys(nodes.a, "a"); }), "this node itself"));
  CHECK_FALSE(issue_keys(nodes.a, "b").empty());
}

TEST_CASE("a key that others can read is refused") {
  const two_nodes nodes;
  fs::permissions(nodes.b / "node.key", fs::perms::group_read, fs::perm_options::add);
  CHECK(contains(complaint_of([&] { load_keys(nodes.b); }), "chmod 600"));
}

TEST_CASE("an issued bundle makes another node of the same cluster") {
  const two_nodes nodes;
  const auto a = load_keys(nodes.a), b = load_keys(nodes.b);
  CHECK(b.node_name == "b");
  CHECK(b.cluster_name == a.cluster_name);
  CHECK(b.cluster_id == a.cluster_id);
  CHECK(b.founder == a.founder);
  CHECK_FALSE(b.can_issue);
}

TEST_CASE("two clusters of one name are told apart") {
  const two_nodes one, other;
  CHECK(load_keys(one.a).cluster_id != load_keys(other.a).cluster_id);
  CHECK(load_keys(one.a).founder != load_keys(other.a).founder);
}

TEST_CASE("a node without certificates says what to type") {
  const temporary_folder folder;
  const auto keys = folder / "keys";
  CHECK(complaint_of([&] { load_keys(keys); }) ==
        "This node has no certificates in " + keys.string() +
            "; type `bramble keys init` on the first node of a cluster, or `bramble join CODE` "
            "with what "
            "`bramble invite` prints on the first node, or `ssh FIRST bramble keys issue NAME | "
            "bramble "
            "keys install -`, to join one.");
  CHECK(contains(complaint_of([&] { issue_keys(keys, "b"); }), "bramble keys issue b"));
}

TEST_CASE("a cluster is not begun over another") {
  const two_nodes nodes;
  for (const auto& keys : {nodes.a, nodes.b}) {
    const auto before = contents(keys);
    CHECK(contains(complaint_of([&] { init_keys(keys, "new", "x"); }), "already has the keys"));
    CHECK(contents(keys) == before);
  }
}

TEST_CASE("names that cannot stand in a certificate are refused, and nothing is made") {
  const temporary_folder folder;
  const auto keys = folder / "keys";
  for (const auto* wrong : {"", "A", "a,DNS:b", "a b", "-a", "a.", "a/CN=b"}) {
    CHECK(is_sentence(complaint_of([&] { init_keys(keys, wrong, "a"); })));
    CHECK(is_sentence(complaint_of([&] { init_keys(keys, "shelf", wrong); })));
    CHECK(is_sentence(complaint_of([&] { issue_keys(keys, wrong); })));
  }
  CHECK(is_sentence(complaint_of([&] { init_keys(keys, std::string(33, 'a'), "a"); })));
  CHECK_FALSE(fs::exists(keys));
  init_keys(keys, std::string(32, 'a'), std::string(63, 'b'));
  CHECK(load_keys(keys).cluster_name == std::string(32, 'a'));
  CHECK(load_keys(keys).node_name == std::string(63, 'b'));
}

TEST_CASE("a bundle of another cluster is refused") {
  const two_nodes one, other;
  const auto before = contents(one.b);
  const auto said = complaint_of([&] { install_keys(one.b, issue_keys(other.a, "b", true)); });
  CHECK(contains(said, "another cluster"));
  CHECK(is_sentence(said));
  CHECK(contents(one.b) == before);
}

TEST_CASE("a node renews its certificate, the first one keeping its authority") {
  const two_nodes nodes;
  for (const auto& keys : {nodes.a, nodes.b}) {
    const auto before = load_keys(keys);
    const auto old_key = read_file(keys / "node.key");
    install_keys(keys, issue_keys(nodes.a, "renewed", true));
    const auto after = load_keys(keys);
    CHECK(after.node_name == "renewed");
    CHECK(after.can_issue == before.can_issue);
    CHECK(after.founder == before.founder);
    CHECK(read_file(keys / "node.key") != old_key);
  }
}

TEST_CASE("files that do not belong together are told") {
  const two_nodes nodes, other;
  const auto said = [&] { return complaint_of([&] { load_keys(nodes.b); }); };
  const auto put = [&](const fs::path& from, const std::string& name) {
    const auto kept = read_file(nodes.b / name);
    fs::copy_file(from / name, nodes.b / name, fs::copy_options::overwrite_existing);
    auto text = said();
    write_file_atomically(nodes.b / name, kept, 0600);
    return text;
  };
  CHECK(contains(put(nodes.a, "node.key"), "not that of the certificate"));
  CHECK(contains(put(other.a, "ca.crt"), "not vouched for"));
  CHECK(said().empty());
  write_file_atomically(nodes.b / "ca.crt", as_bytes("nothing"));
  CHECK(contains(said(), "damaged"));
  fs::remove(nodes.a / "ca.key");
  fs::copy_file(other.a / "ca.key", nodes.a / "ca.key");
  CHECK(contains(complaint_of([&] { issue_keys(nodes.a, "c"); }), "not the private key"));
}

TEST_CASE("a key whose private half was changed is refused") {
  const two_nodes nodes;
  auto pem = as_text(read_file(nodes.b / "node.key"));
  // In the middle of the second line stands the private number; the public one comes after it.
  const auto at = pem.find('\n') + 56;
  pem[at] = pem[at] == 'A' ? 'B' : 'A';
  write_file_atomically(nodes.b / "node.key", as_bytes(pem), 0600);
  CHECK(contains(complaint_of([&] { load_keys(nodes.b); }), "not that of the certificate"));
}

TEST_CASE("a certificate is refused before it begins and after it has ended") {
  const auto now = std::chrono::system_clock::now();
  const auto hour = std::chrono::hours{1};
  const auto authority_key = make_key();
  const auto authority = make_authority(*authority_key, "bramble cluster shelf 01234567",
                                        {now - 100 * hour, now + 100 * hour});
  const auto bundle = [&](validity when) {
    const auto key = make_key();
    const auto text = to_pem(*key) +
                      to_pem(*make_node_certificate(*key, "b", *authority, *authority_key, when)) +
                      to_pem(*authority);
    const auto bytes = as_bytes(text);
    return byte_vector{bytes.begin(), bytes.end()};
  };
  const temporary_folder folder;
  const auto keys = folder / "keys";
  const auto said = [&](validity when) {
    return complaint_of([&] { install_keys(keys, bundle(when)); });
  };
  CHECK(contains(said({now - 3 * hour, now - hour}), "ended on"));
  CHECK(contains(said({now + hour, now + 3 * hour}), "set the clock"));
  CHECK_FALSE(fs::exists(keys));
  CHECK(said({now - hour, now + hour}).empty());

  const auto key = make_key();
  const auto node =
      make_node_certificate(*key, "b", *authority, *authority_key, {now - hour, now + 90 * hour});
  CHECK(why_not_trusted(*node, *authority, now).empty());
  CHECK(contains(why_not_trusted(*node, *authority, now + 91 * hour), "expired"));
}

TEST_CASE("an authority that is not valid today issues no keys") {
  const auto now = std::chrono::system_clock::now();
  const auto day = std::chrono::hours{24};
  const temporary_folder folder;
  const auto said = [&](validity when) {
    const auto key = make_key();
    const auto authority = make_authority(*key, "bramble cluster shelf 01234567", when);
    write_file_atomically(folder / "ca.key", as_bytes(to_pem(*key)), 0600);
    write_file_atomically(folder / "ca.crt", as_bytes(to_pem(*authority)));
    auto text = complaint_of([&] { issue_keys(folder.path(), "b"); });
    CHECK((text.empty() || is_sentence(text)));
    return text;
  };
  CHECK(contains(said({now + 3 * day, now + 90 * day}), "the cluster's authority begins on"));
  CHECK(contains(said({now - 90 * day, now - 3 * day}), "the cluster's authority ended on"));
  CHECK(said({now - 3 * day, now + 90 * day}).empty());
}

TEST_CASE("a bundle of an authority that is not valid yet says which date is wrong") {
  const auto now = std::chrono::system_clock::now();
  const auto day = std::chrono::hours{24};
  const auto authority_key = make_key(), key = make_key();
  const auto authority = make_authority(*authority_key, "bramble cluster shelf 01234567",
                                        {now + 3 * day, now + 90 * day});
  const auto node =
      make_node_certificate(*key, "b", *authority, *authority_key, {now - day, now + 90 * day});
  const auto text = to_pem(*key) + to_pem(*node) + to_pem(*authority);
  const temporary_folder folder;
  const auto said = complaint_of([&] { install_keys(folder / "keys", as_bytes(text)); });
  CHECK(contains(said, "the cluster's authority begins on"));
  CHECK(is_sentence(said));
}

TEST_CASE("only an authority of a Bramble cluster can vouch") {
  const auto now = std::chrono::system_clock::now();
  const validity today{now - std::chrono::hours{1}, now + std::chrono::hours{1}};
  const temporary_folder folder;
  const auto said = [&](EVP_PKEY& key, X509& node, X509& authority) {
    const auto text = to_pem(key) + to_pem(node) + to_pem(authority);
    return complaint_of([&] { install_keys(folder / "keys", as_bytes(text)); });
  };
  const auto root_key = make_key(), key = make_key();
  const auto stranger = make_authority(*root_key, "Some Root", today);
  const auto strange = make_node_certificate(*key, "b", *stranger, *root_key, today);
  CHECK(contains(said(*key, *strange, *stranger), "not one of a Bramble cluster"));

  // A node that calls itself an authority: its certificate may not sign.
  const auto root = make_authority(*root_key, "bramble cluster shelf 01234567", today);
  const auto node_key = make_key();
  const auto node =
      make_node_certificate(*node_key, "bramble cluster shelf 01234567", *root, *root_key, today);
  const auto below = make_node_certificate(*key, "b", *node, *node_key, today);
  CHECK(contains(said(*key, *below, *node), "certificate of the authority is missing"));
  CHECK_FALSE(fs::exists(folder / "keys"));
}

TEST_CASE("an interrupted beginning leaves nothing behind") {
  const temporary_folder folder;
  const auto keys = folder / "keys";
  // A folder in the place of a file: renaming over it fails.
  fs::create_directories(keys / "node.key" / "x");
  CHECK(contains(complaint_of([&] { init_keys(keys, "shelf", "a"); }), "cannot replace the file"));
  CHECK(fs::exists(keys / "node.key" / "x"));
  CHECK(std::distance(fs::directory_iterator{keys}, fs::directory_iterator{}) == 1);
  fs::remove_all(keys / "node.key");
  init_keys(keys, "shelf", "a");
  CHECK(load_keys(keys).node_name == "a");
}

TEST_CASE("damaged bundles and key files never do more than complain") {
  const two_nodes nodes;
  const auto bundle = issue_keys(nodes.a, "c");
  REQUIRE(rc::check("install_keys", [&] {
    const auto bytes = *damaged(bundle);
    const auto before = contents(nodes.b);
    const auto said = complaint_of([&] { install_keys(nodes.b, bytes); });
    if (!said.empty()) {
      RC_ASSERT(is_sentence(said));
      RC_ASSERT((contents(nodes.b) == before));
    }
    load_keys(nodes.b);
  }));
  REQUIRE(rc::check("load_keys", [&] {
    const auto name = *rc::gen::element<std::string>("ca.crt", "node.crt", "node.key");
    const auto kept = read_file(nodes.a / name);
    write_file_atomically(nodes.a / name, *damaged(kept), 0600);
    RC_ASSERT(succeeds_or_complains([&] { load_keys(nodes.a); }));
    RC_ASSERT(succeeds_or_complains([&] { issue_keys(nodes.a, "d", true); }));
    write_file_atomically(nodes.a / name, kept, 0600);
  }));
  CHECK(contains(complaint_of([&] { install_keys(nodes.b, byte_vector(1U << 20)); }), "larger"));
}
