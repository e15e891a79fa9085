#include "config/keys.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <rapidcheck.h>

#include <filesystem>
#include <map>
#include <memory>

#include "config/base/files.hpp"
#include "config/defaults.hpp"
#include "tests/catch.hpp"
#include "tests/complaints.hpp"
#include "tests/mutate.hpp"
#include "tests/temporary_folder.hpp"

using namespace bramble;
namespace fs = std::filesystem;

namespace {

fs::perms mode_of(const fs::path& path) {
  return fs::status(path).permissions();
}

/// A cluster of the first node "a" and of "b", in two folders.
struct two_nodes {
  two_nodes() {
    init_keys(a, "shelf", "a");
    install_keys(b, issue_keys(a, "b"));
  }

  temporary_folder folder;
  fs::path a = folder / "a" / "keys";
  fs::path b = folder / "b" / "keys";
};

std::map<std::string, byte_vector> contents(const fs::path& folder) {
  std::map<std::string, byte_vector> out;
  if (fs::exists(folder))
    for (const auto& entry : fs::directory_iterator{folder})
      out[entry.path().filename()] = read_file(entry.path());
  return out;
}

using ssl_context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using ssl_session = std::unique_ptr<SSL, decltype(&SSL_free)>;

/// Mutual TLS from the files in a folder, as the control plane and the data plane set it up.
ssl_context context_of(const fs::path& folder) {
  const key_paths paths{folder};
  ssl_context context{SSL_CTX_new(TLS_method()), &SSL_CTX_free};
  REQUIRE(SSL_CTX_use_certificate_chain_file(context.get(), paths.node_crt.c_str()) == 1);
  REQUIRE(SSL_CTX_use_PrivateKey_file(context.get(), paths.node_key.c_str(), SSL_FILETYPE_PEM) ==
          1);
  REQUIRE(SSL_CTX_load_verify_locations(context.get(), paths.ca_crt.c_str(), nullptr) == 1);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return context;
}

struct handshake {
  bool server_done = false;
  bool client_done = false;
  long server_verdict = X509_V_OK;
  long client_verdict = X509_V_OK;
  std::string received;  ///< what the server sent to the client afterwards
};

/// Runs both ends in this thread over a pair of memory buffers until neither gets on.
handshake shake_hands(SSL_CTX& server_context, SSL_CTX& client_context, const char* server_name) {
  const ssl_session server{SSL_new(&server_context), &SSL_free};
  const ssl_session client{SSL_new(&client_context), &SSL_free};
  BIO* server_end = nullptr;
  BIO* client_end = nullptr;
  REQUIRE(BIO_new_bio_pair(&server_end, 0, &client_end, 0) == 1);
  SSL_set_bio(server.get(), server_end, server_end);
  SSL_set_bio(client.get(), client_end, client_end);
  SSL_set_accept_state(server.get());
  SSL_set_connect_state(client.get());
  REQUIRE(SSL_set1_host(client.get(), server_name) == 1);
  for (int turn = 0; turn < 20; ++turn) {
    SSL_do_handshake(client.get());
    SSL_do_handshake(server.get());
  }
  handshake out{SSL_is_init_finished(server.get()) == 1, SSL_is_init_finished(client.get()) == 1,
                SSL_get_verify_result(server.get()), SSL_get_verify_result(client.get()), ""};
  if (out.server_done && out.client_done && SSL_write(server.get(), "leaves", 6) == 6) {
    out.received.resize(6);
    if (SSL_read(client.get(), out.received.data(), 6) != 6) out.received.clear();
  }
  ERR_clear_error();
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
  CHECK(info.ca_fingerprint.size() == 64);
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
  CHECK(contents(nodes.a).size() == 4);
  CHECK(contents(nodes.b).size() == 3);
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
  CHECK(b.ca_fingerprint == a.ca_fingerprint);
  CHECK_FALSE(b.can_issue);
}

TEST_CASE("two clusters of one name are told apart") {
  const two_nodes one, other;
  CHECK(load_keys(one.a).cluster_id != load_keys(other.a).cluster_id);
  CHECK(load_keys(one.a).ca_fingerprint != load_keys(other.a).ca_fingerprint);
}

TEST_CASE("a node without certificates says what to type") {
  const temporary_folder folder;
  const auto keys = folder / "keys";
  CHECK(complaint_of([&] { load_keys(keys); }) ==
        "This node has no certificates in " + keys.string() +
            "; type `bramble keys init` on the first node of a cluster, or `ssh FIRST bramble keys "
            "issue NAME | bramble keys install -` to join one.");
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
  const auto said = complaint_of([&] { install_keys(one.b, issue_keys(other.a, "b")); });
  CHECK(contains(said, "another cluster"));
  CHECK(is_sentence(said));
  CHECK(contents(one.b) == before);
}

TEST_CASE("a node renews its certificate, the first one keeping its authority") {
  const two_nodes nodes;
  for (const auto& keys : {nodes.a, nodes.b}) {
    const auto before = load_keys(keys);
    const auto old_key = read_file(keys / "node.key");
    install_keys(keys, issue_keys(nodes.a, "renewed"));
    const auto after = load_keys(keys);
    CHECK(after.node_name == "renewed");
    CHECK(after.can_issue == before.can_issue);
    CHECK(after.ca_fingerprint == before.ca_fingerprint);
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
  CHECK(contains(said(*key, *below, *node), "not vouched for"));
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
    RC_ASSERT(succeeds_or_complains([&] { issue_keys(nodes.a, "d"); }));
    write_file_atomically(nodes.a / name, kept, 0600);
  }));
  CHECK(contains(complaint_of([&] { install_keys(nodes.b, byte_vector(1U << 20)); }), "larger"));
}

TEST_CASE("two nodes of a cluster shake hands, either way round, under their names") {
  const two_nodes nodes;
  const auto a = context_of(nodes.a), b = context_of(nodes.b);
  for (const auto& result : {shake_hands(*a, *b, "a"), shake_hands(*b, *a, "b")}) {
    CHECK(result.server_done);
    CHECK(result.client_done);
    CHECK(result.server_verdict == X509_V_OK);
    CHECK(result.client_verdict == X509_V_OK);
    CHECK(result.received == "leaves");
  }
  CHECK(shake_hands(*a, *b, "c").client_verdict == X509_V_ERR_HOSTNAME_MISMATCH);
}

TEST_CASE("a node of another cluster is refused, as server and as client") {
  const two_nodes ours, theirs;
  const auto us = context_of(ours.b), them = context_of(theirs.b);
  // The stranger would accept us: it is our side that has to refuse.
  REQUIRE(SSL_CTX_load_verify_locations(them.get(), key_paths{ours.a}.ca_crt.c_str(), nullptr) ==
          1);
  const auto as_client = shake_hands(*us, *them, "b");
  CHECK_FALSE(as_client.server_done);
  CHECK(as_client.server_verdict != X509_V_OK);
  CHECK(as_client.client_verdict == X509_V_OK);
  const auto as_server = shake_hands(*them, *us, "b");
  CHECK_FALSE(as_server.client_done);
  CHECK(as_server.client_verdict != X509_V_OK);
}

TEST_CASE("what a node has signed with its own key is refused") {
  const two_nodes nodes;
  const auto rogue_key = key_from_pem(read_file(nodes.b / "node.key"));
  const auto rogue = certificate_from_pem(read_file(nodes.b / "node.crt"));
  CHECK(X509_check_ca(rogue.get()) == 0);
  const auto now = std::chrono::system_clock::now();
  const auto key = make_key();
  const auto forged = make_node_certificate(
      *key, "a", *rogue, *rogue_key, {now - std::chrono::hours{1}, now + std::chrono::hours{1}});
  const auto stranger = context_of(nodes.b);
  REQUIRE(SSL_CTX_use_certificate(stranger.get(), forged.get()) == 1);
  REQUIRE(SSL_CTX_use_PrivateKey(stranger.get(), key.get()) == 1);
  REQUIRE(SSL_CTX_add1_chain_cert(stranger.get(), rogue.get()) == 1);
  const auto us = context_of(nodes.a);
  const auto result = shake_hands(*us, *stranger, "a");
  CHECK_FALSE(result.server_done);
  CHECK(result.server_verdict != X509_V_OK);
}

TEST_CASE("a client without a certificate is refused") {
  const two_nodes nodes;
  const ssl_context bare{SSL_CTX_new(TLS_method()), &SSL_CTX_free};
  const auto server = context_of(nodes.a);
  CHECK_FALSE(shake_hands(*server, *bare, "a").server_done);
}
