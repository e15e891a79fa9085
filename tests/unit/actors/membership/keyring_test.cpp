// A certificate that ends is renewed by whoever has the authority.
#include "actors/membership/keyring.hpp"

#include "config/base/files.hpp"
#include "config/defaults_join.hpp"
#include "config/issued_names.hpp"
#include "config/keys.hpp"
#include "config/renewal.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/two_nodes.hpp"

using namespace bramble;
using bramble::test::two_nodes;
using std::chrono::hours;

namespace {

constexpr hours year{24 * 365};

/// Nodes a, with the authority, and b.
struct key_shelf : actor_fixture {
  two_nodes nodes;
  int reloads_of_a = 0;
  int reloads = 0;
  keyring_actor a;
  keyring_actor b;

  void begin() {
    a = spawn(keyring,
              keyring_config{.self = "a", .folder = nodes.a, .reload = [this] { ++reloads_of_a; }});
    b = spawn(keyring,
              keyring_config{.self = "b", .folder = nodes.b, .reload = [this] { ++reloads; }});
  }

  /// A link to a node whose keyring this is.
  peer_link_actor link(const keyring_actor& to) {
    return fake<peer_link_actor>([to](caf::event_based_actor* self) -> caf::behavior {
      return {[=](renew_atom, const renewal_request& asked) {
        return self->delegate(to, renew_atom_v, asked);
      }};
    });
  }

  void meet(const std::map<std::string, peer_link_actor>& peers) {
    auto out = std::make_shared<directory>();
    out->self = "b";
    out->links = peers;
    caf::anon_send(b, directory_ptr{out});
    run();
  }
};

/// The certificate of b is eight years old and ends in two.
struct aged_shelf : key_shelf {
  aged_shelf() {
    age_certificate();
    begin();
  }

  void age_certificate() {
    const auto today = std::chrono::system_clock::now();
    const key_paths of_a{nodes.a};
    const key_paths of_b{nodes.b};
    const auto key = key_from_pem(read_file(of_b.node_key));
    const auto authority_key = make_key();
    const auto authority = make_authority(*authority_key, "bramble cluster shelf 00000000",
                                          {today - 9 * year, today + 11 * year});
    const auto aged = make_node_certificate(*key, "b", *authority, *authority_key,
                                            {today - 8 * year, today + 2 * year});
    write_file_atomically(of_a.ca_crt, as_bytes(to_pem(*authority)));
    write_file_atomically(of_b.ca_crt, as_bytes(to_pem(*authority)));
    write_file_atomically(of_a.ca_key, as_bytes(to_pem(*authority_key)), 0600);
    write_file_atomically(of_b.node_crt, as_bytes(to_pem(*aged)));
    write_file_atomically(of_a.issued, as_bytes("b " + format_date(today - 8 * year) + " " +
                                                format_date(today + 2 * year) + " " +
                                                serial_number(*aged) + " issue\n"));
  }

  hours left() const {
    return std::chrono::duration_cast<hours>(load_keys(nodes.b).expiry -
                                             std::chrono::system_clock::now());
  }
};

}  // namespace

TEST_CASE("a certificate in its last third is renewed by the peer that has the authority") {
  aged_shelf shelf;
  const auto key = read_file(shelf.nodes.b / "node.key");
  // The first that is asked has none, and says so.
  shelf.meet({{"0", shelf.link(shelf.b)}, {"a", shelf.link(shelf.a)}});
  shelf.pass(defaults::renewal_first_look);
  CHECK(shelf.left() > 9 * year);
  CHECK(shelf.reloads == 1);
  CHECK(read_file(shelf.nodes.b / "node.key") == key);
  CHECK(read_issued(shelf.nodes.a / "issued").back().how == "renewal");
  shelf.pass(defaults::renewal_look_every);
  CHECK(shelf.reloads == 1);
}

TEST_CASE("where nobody can renew it, it is tried again later") {
  aged_shelf shelf;
  shelf.pass(defaults::renewal_first_look);
  CHECK(shelf.left() < 3 * year);
  shelf.meet({{"a", shelf.link(shelf.a)}});
  shelf.pass(defaults::renewal_look_every);
  CHECK(shelf.left() > 9 * year);
}

TEST_CASE("a node that hears of a new authority asks for it, and not again at once") {
  key_shelf shelf;
  shelf.begin();
  rotate_authority(shelf.nodes.a, std::chrono::system_clock::now() + hours{24});
  shelf.meet({{"a", shelf.link(shelf.a)}});
  caf::anon_send(shelf.b, new_authority_atom::value);
  shelf.run();
  CHECK(load_keys(shelf.nodes.b).authorities == load_keys(shelf.nodes.a).authorities);
  CHECK(shelf.reloads == 1);

  rotate_authority(shelf.nodes.a, std::chrono::system_clock::now() + hours{24});
  caf::anon_send(shelf.b, new_authority_atom::value);
  shelf.run();
  CHECK(shelf.reloads == 1);
  shelf.pass(defaults::renewal_ask_least);
  caf::anon_send(shelf.b, new_authority_atom::value);
  shelf.run();
  CHECK(shelf.reloads == 2);
  CHECK(load_keys(shelf.nodes.b).authorities.size() == 3);
}

TEST_CASE("a node that nobody told of a new authority hears of it when it looks") {
  key_shelf shelf;
  shelf.begin();
  rotate_authority(shelf.nodes.a, std::chrono::system_clock::now() + hours{24});
  shelf.meet({{"a", shelf.link(shelf.a)}});
  shelf.pass(defaults::renewal_first_look);
  CHECK(shelf.reloads == 1);
  shelf.pass(defaults::renewal_look_every);
  CHECK(shelf.reloads == 1);
}

TEST_CASE("files that somebody else changed are in use soon, and once") {
  key_shelf shelf;
  shelf.begin();
  shelf.pass(defaults::key_files_look_every);
  CHECK(shelf.reloads_of_a == 0);
  rotate_authority(shelf.nodes.a, std::chrono::system_clock::now() + hours{24});
  shelf.pass(defaults::key_files_look_every);
  CHECK(shelf.reloads_of_a == 1);
  shelf.pass(defaults::key_files_look_every);
  CHECK(shelf.reloads_of_a == 1);
  // What cannot be used is not.
  write_file_atomically(key_paths{shelf.nodes.a}.ca_crt, as_bytes("half a fi"));
  shelf.pass(defaults::key_files_look_every);
  CHECK(shelf.reloads_of_a == 1);
}
