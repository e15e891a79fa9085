#include "balancer/shelf/shelf.hpp"

#include <rapidcheck.h>

#include "config/base/files.hpp"
#include "config/defaults.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/mutate.hpp"
#include "tests/support/random_graph.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bramble;

namespace {

const std::string good = R"(host = "pi1"
[[node]]
name = "pi1"
gmacs = 6
memory_mb = 4096
nic_mbit = 940
[[node]]
name = "pi2"
gmacs = 4.5
[[link]]
between = ["pi1", "pi2"]
mbit = 100
rtt_ms = 0.4
)";

/// `good` with one line (counted from 1) replaced.
std::string with_line(int number, const std::string& line) {
  std::string out;
  std::size_t begin = 0;
  for (int i = 1; begin < good.size(); ++i) {
    const auto end = good.find('\n', begin);
    out += (i == number ? line : good.substr(begin, end - begin)) + "\n";
    begin = end + 1;
  }
  return out;
}

}  // namespace

TEST_CASE("a shelf file says who is there") {
  const auto s = parse_shelf(good, "shelf.toml");
  CHECK(s.host == "pi1");
  REQUIRE(s.nodes.size() == 2);
  CHECK(s.nodes[0].gmacs == 6);
  CHECK(s.nodes[0].memory_mb == 4096);
  CHECK(s.nodes[1].gmacs == 4.5);
  CHECK(s.nodes[1].nic_mbit == defaults::nic_mbit);
  REQUIRE(s.links.size() == 1);
  CHECK(s.links[0].mbit == 100);
  CHECK(s.links[0].rtt_ms == 0.4);
  CHECK(s.index_of("pi2") == 1);
  CHECK(is_sentence(complaint_of([&] { (void)s.index_of("pi3"); })));
}

TEST_CASE("a shelf that is written reads back the same") {
  REQUIRE(rc::check([] {
    test::random_source random{*rc::gen::arbitrary<std::uint32_t>()};
    shelf s;
    const auto count = random.number(1, 5);
    for (std::int64_t n = 1; n <= count; ++n) {
      shelf_node node;
      node.name = "pi" + std::to_string(n);
      node.nic_mbit = static_cast<double>(random.number(1, 99999)) / 7;
      node.memory_mb = static_cast<std::uint64_t>(random.number(0, 4096));
      if (random.chance(30)) {
        node.profile = "a \"b\" \\ c.json";
        node.profile_scale = static_cast<double>(random.number(1, 100)) / 3;
      } else {
        node.gmacs = static_cast<double>(random.number(1, 1000)) / 13;
      }
      s.nodes.push_back(node);
    }
    s.host = random.pick(s.nodes).name;
    for (std::int64_t i = 0; i < count; ++i) {
      const auto &a = random.pick(s.nodes).name, &b = random.pick(s.nodes).name;
      if (a != b)
        add_measured_link(s, {a, b, static_cast<double>(random.number(0, 900)) / 7,
                              static_cast<double>(random.number(0, 50)) / 9});
    }
    const auto back = parse_shelf(format_shelf(s), "shelf.toml");
    RC_ASSERT(back.host == s.host);
    RC_ASSERT(back.nodes.size() == s.nodes.size());
    for (std::size_t n = 0; n < s.nodes.size(); ++n) {
      const auto &x = back.nodes[n], &y = s.nodes[n];
      RC_ASSERT(x.name == y.name);
      RC_ASSERT(x.gmacs == y.gmacs);
      RC_ASSERT(x.memory_mb == y.memory_mb);
      RC_ASSERT(x.nic_mbit == y.nic_mbit);
      RC_ASSERT(x.profile == y.profile);
      RC_ASSERT(x.profile_scale == y.profile_scale);
    }
    RC_ASSERT(back.links.size() == s.links.size());
    for (std::size_t i = 0; i < s.links.size(); ++i) {
      RC_ASSERT(back.links[i].a == s.links[i].a);
      RC_ASSERT(back.links[i].b == s.links[i].b);
      RC_ASSERT(back.links[i].mbit == s.links[i].mbit);
      RC_ASSERT(back.links[i].rtt_ms == s.links[i].rtt_ms);
    }
  }));
}

TEST_CASE("of what both ends measured the slower counts") {
  auto s = test::shelf_of({6, 6}, 940);
  add_measured_link(s, {"pi1", "pi2", 100, 0.5});
  add_measured_link(s, {"pi2", "pi1", 80, 0.4});
  add_measured_link(s, {"pi1", "pi2", 0, 9});
  add_measured_link(s, {"pi1", "pi9", 50, 1});
  REQUIRE(s.links.size() == 1);
  CHECK(s.links[0].mbit == 80);
  CHECK(s.links[0].rtt_ms == 0.5);
}

TEST_CASE("a mistake in a shelf file is one sentence with file and line") {
  struct mistake {
    int line;
    std::string text;
    std::string says;
  };
  const std::vector<mistake> mistakes{
      {1, "host = \"pi9\"", "shelf.toml:1: host names pi9"},
      {1, "", "there is no host"},
      {1, "host = 1", "shelf.toml:1: host must be a name"},
      {1, "hots = \"pi1\"", "shelf.toml:1: unknown key hots"},
      {3, "name = \"\"", "shelf.toml:3: name must be"},
      {3, "", "name is missing"},
      {3, "name = \"pi\\u001b[2J\"", "shelf.toml:3: name must be"},
      {1, "\"\\u001b\" = 1", "shelf.toml:1: unknown key ?"},
      {4, "gmacs = -6", "shelf.toml:4: gmacs must be a positive number"},
      {4, "gmacs = nan", "shelf.toml:4: gmacs"},
      {4, "gmacs = inf", "shelf.toml:4: gmacs"},
      {4, "gmacs = 0", "shelf.toml:4: gmacs"},
      {4, "gmacs = \"6\"", "shelf.toml:4: gmacs"},
      {4, "", "gmacs is missing"},
      {4, "speed = 6", "shelf.toml:4: unknown key speed"},
      {4, "gmacs = 6\nscale = 0.5", "shelf.toml:5: scale divides the times of a profile"},
      {4, "gmacs = 6\nscale = 0.5\nprofile = \"a.json\"", "shelf.toml:5: scale and gmacs both"},
      {4, "scale = 0\nprofile = \"a.json\"", "shelf.toml:4: scale must be a positive number"},
      {4, "profile = 3", "shelf.toml:4: profile must be a name"},
      {5, "memory_mb = -1", "shelf.toml:5: memory_mb"},
      {5, "memory_mb = 1.5", "shelf.toml:5: memory_mb"},
      {6, "nic_mbit = -940", "shelf.toml:6: nic_mbit"},
      {6, "nic = 940", "shelf.toml:6: unknown key nic"},
      {8, "name = \"pi1\"", "shelf.toml:8: there are two nodes named pi1"},
      {11, "between = [\"pi1\", \"pi3\"]", "shelf.toml:11: between names pi3"},
      {11, "between = [\"pi1\", \"pi1\"]", "shelf.toml:11: a link joins two different"},
      {11, "between = [\"pi1\"]", "shelf.toml:11: between must be two names"},
      {11, "between = \"pi1\"", "shelf.toml:11: between must be two names"},
      {11, "", "between is missing"},
      {12, "mbit = -100", "shelf.toml:12: mbit"},
      {12, "", "mbit is missing"},
      {13, "rtt_ms = -1", "shelf.toml:13: rtt_ms"},
      {13, "[[link]]\nbetween = [\"pi2\", \"pi1\"]\nmbit = 5", "shelf.toml:14: the link between"},
      {2, "[node]", "shelf.toml:"},
      {4, "gmacs = = 6", "shelf.toml:4: this is no TOML"},
  };
  for (const auto& m : mistakes) {
    const auto said = complaint_of([&] { parse_shelf(with_line(m.line, m.text), "shelf.toml"); });
    INFO(m.text << " said: " << said);
    CHECK(is_sentence(said));
    CHECK(contains(said, m.says));
  }
  CHECK(contains(complaint_of([] { parse_shelf("host = \"pi1\"\n", "shelf.toml"); }),
                 "there are no nodes"));
  CHECK(contains(complaint_of([] { parse_shelf("host = \"pi1\"\nnode = 3\n", "shelf.toml"); }),
                 "shelf.toml:2: node is written as [[node]]"));
}

TEST_CASE("a shelf is read from its file, and a missing file is said so") {
  const temporary_folder folder;
  const auto path = folder.path() / "shelf.toml";
  write_file_atomically(path, as_bytes(good));
  CHECK(read_shelf(path.string()).nodes.size() == 2);
  const auto said = complaint_of([&] { read_shelf((folder.path() / "none.toml").string()); });
  CHECK(is_sentence(said));
  CHECK(contains(said, "none.toml"));
}

TEST_CASE("a damaged shelf file is read, or refused in a sentence") {
  const std::vector<std::uint8_t> bytes{good.begin(), good.end()};
  REQUIRE(rc::check([&] {
    const auto text = *damaged(bytes);
    RC_ASSERT(succeeds_or_complains([&] {
      parse_shelf({reinterpret_cast<const char*>(text.data()), text.size()}, "x.toml");
    }));
  }));
}
