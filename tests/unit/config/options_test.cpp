#include "config/options.hpp"

#include <rapidcheck.h>
#include <unistd.h>

#include <filesystem>
#include <map>

#include "config/base/files.hpp"
#include "config/paths.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/mutate.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bramble;
namespace fs = std::filesystem;

namespace {

environment variables(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
    const auto at = values.find(name);
    if (at == values.end()) return std::nullopt;
    return at->second;
  };
}

node_options from_toml(const std::string& text) {
  node_options options;
  apply_toml(options, text, "bramble.toml");
  return options;
}

std::string toml_complaint(const std::string& text) {
  return complaint_of([&] { from_toml(text); });
}

std::string environment_complaint(const std::string& name, const std::string& value) {
  return complaint_of([&] {
    node_options options;
    apply_environment(options, variables({{name, value}}));
  });
}

std::string example() {
  return as_text(read_file(fs::path{"config"} / "bramble.toml"));
}

}  // namespace

TEST_CASE("the example file says what the defaults are") {
  CHECK(from_toml(example()) == node_options{});
  CHECK(from_toml("") == node_options{});
}

TEST_CASE("the example file, with its suggestions taken, has only keys that exist") {
  auto text = example();
  for (std::size_t at = 0; (at = text.find("\n#", at)) != std::string::npos; ++at)
    if (text.at(at + 2) != ' ') text.erase(at + 1, 1);
  const auto options = from_toml(text);
  CHECK(options.name == "pi1");
  CHECK(options.pace_gmacs == 6.0);
  CHECK(options.data_port == defaults::control_port + 1);
}

TEST_CASE("every option of the file is taken") {
  const auto options = from_toml(R"(
[node]
name = "pi-2.shelf"
threads = 3
pace_gmacs = 6
[network]
listen = "::1"
control_port = 7000
data_port = 9000
join = ["pi1.local", "10.0.0.7:99", "[fe80::1%eth0]:5"]
[inference]
wire = "int8"
[models]
max_gb = 0.5
[client]
node = "pi3"
)");
  node_options wanted;
  wanted.name = "pi-2.shelf";
  wanted.threads = 3;
  wanted.pace_gmacs = 6.0;
  wanted.listen_address = "::1";
  wanted.control_port = 7000;
  wanted.data_port = 9000;
  wanted.join = {{"pi1.local", defaults::control_port}, {"10.0.0.7", 99}, {"fe80::1%eth0", 5}};
  wanted.wire = "int8";
  wanted.models_max_gb = 0.5;
  wanted.nodes = {{"pi3", defaults::control_port}};
  CHECK(options == wanted);
}

TEST_CASE("mistakes in the file are told with line, column and key") {
  CHECK(toml_complaint("[node]\nthreds = 2\n") ==
        "bramble.toml:2:1: there is no option node.threds; known here: node.name, node.threads, "
        "node.pace_gmacs, node.device.");
  CHECK(toml_complaint("\n[nodes]\n")
            .starts_with("bramble.toml:2:2: there is no option nodes; known"));
  CHECK(toml_complaint("[node]\nthreads = \"2\"\n") ==
        "bramble.toml:2:11: node.threads must be a whole number from 0 to 1024.");
  CHECK(contains(toml_complaint("[node]\nthreads = 1025\n"), "0 to 1024"));
  CHECK(contains(toml_complaint("[node]\nthreads = -1\n"), "0 to 1024"));
  CHECK(contains(toml_complaint("[node]\nthreads = 2.0\n"), "0 to 1024"));
  CHECK(toml_complaint("[node]\npace_gmacs = 0\n") ==
        "bramble.toml:2:14: node.pace_gmacs must be a number from 0.001 to 1e+06.");
  CHECK(contains(toml_complaint("[node]\npace_gmacs = nan\n"), "a number"));
  CHECK(contains(toml_complaint("[node]\npace_gmacs = true\n"), "a number"));
  CHECK(contains(toml_complaint("[node]\npace_gmacs = \"6\"\n"), "a number"));
  CHECK(contains(toml_complaint("[node]\nname = \"Pi 1\"\n"),
                 "bramble.toml:2:8: node.name must be 1 to 63"));
  CHECK(contains(toml_complaint("[node]\nname = 1\n"), "a text in quotes"));
  CHECK(contains(toml_complaint("node = 3\n"), "bramble.toml:1:8: node must be a table"));
  CHECK(contains(toml_complaint("[network]\ncontrol_port = 0\n"),
                 "network.control_port must be a whole number from 1 to 65535"));
  CHECK(contains(toml_complaint("[network]\ncontrol_port = 65536\n"), "65535"));
  CHECK(
      contains(toml_complaint("[models]\nmax_gb = -1\n"), "models.max_gb must be a number from 0"));
  CHECK(contains(toml_complaint("[network]\njoin = \"pi1\"\n"),
                 R"(a list of texts, such as ["pi1.local"])"));
  CHECK(contains(toml_complaint("[network]\njoin = [\"a\",\n  7]\n"),
                 "bramble.toml:3:3: network.join"));
  CHECK(contains(toml_complaint("[network]\njoin = [\"a:b\"]\n"),
                 "bramble.toml:2:9: network.join must be HOST"));
  CHECK(contains(toml_complaint("[network]\nlisten = \"1.2.3.4:5\"\n"), "without a port"));
  CHECK(contains(toml_complaint("[inference]\nwire = \"fp64\"\n"),
                 "inference.wire must be fp32, fp16 or int8"));
  CHECK(contains(toml_complaint("[client]\nnode = \"\"\n"), "client.node"));
  CHECK(toml_complaint("[node\n").starts_with("bramble.toml:1:6: this is no TOML: "));
  CHECK(contains(toml_complaint("[node]\nname = \"a\"\nname = \"b\"\n"), "bramble.toml:3:"));
  for (const auto* text : {"[node\n", "\xff\xfe", "a = [1, {", "\x1b[2J = 1", "\"\\u001b\" = 1",
                           "a = \"\x01\"", "a = n\n"})
    CHECK(is_sentence(toml_complaint(text)));
}

TEST_CASE("a file with a mistake changes nothing") {
  node_options options;
  CHECK_THROWS_AS(apply_toml(options, "[node]\nthreads = 2\nwrong = 1\n", "f"), user_error);
  CHECK(options == node_options{});
}

TEST_CASE("damaged option files never do more than complain") {
  const auto text = example();
  REQUIRE(rc::check("apply_toml", [&] {
    const auto bytes = *damaged({text.begin(), text.end()});
    RC_ASSERT(succeeds_or_complains([&] { from_toml(as_text(bytes)); }));
  }));
}

TEST_CASE("variables beat the file, and the file beats the defaults") {
  const temporary_folder folder;
  const auto file = folder / "bramble.toml";
  write_file_atomically(
      file, as_bytes("[node]\nname = \"file\"\nthreads = 2\n[network]\njoin = [\"x\"]\n"));
  const auto options = load_options(
      file,
      variables({{"BRAMBLE_NAME", "env"}, {"BRAMBLE_JOIN", "a,b:5"}, {"BRAMBLE_PACE", "1.5"}}));
  CHECK(options.name == "env");
  CHECK(options.threads == 2);
  CHECK(options.pace_gmacs == 1.5);
  CHECK(options.join == std::vector<endpoint>{{"a", defaults::control_port}, {"b", 5}});
  CHECK(options.wire == "fp32");
}

TEST_CASE("whether a node is told of by mDNS is true or false") {
  node_options options;
  CHECK(options.mdns);
  apply_toml(options, "[network]\nmdns = false\n", "f");
  CHECK_FALSE(options.mdns);
  CHECK(contains(toml_complaint("[network]\nmdns = \"no\"\n"), "true or false"));
}

TEST_CASE("a node is paced or a device, not both") {
  node_options options;
  apply_toml(options, "[node]\ndevice = \"pi3b+\"\n", "f");
  CHECK(options.device == "pi3b+");
  apply_environment(options, variables({{"BRAMBLE_DEVICE", "pi4-ncnn@0.5"}}));
  CHECK(options.device == "pi4-ncnn@0.5");
  settle(options);
  options.pace_gmacs = 6;
  CHECK(is_sentence(complaint_of([&] { settle(options); })));
  CHECK(contains(toml_complaint("[node]\ndevice = 4\n"), "a text in quotes"));
}

TEST_CASE("every variable is taken") {
  node_options options;
  apply_environment(options, variables({{"BRAMBLE_LISTEN", "10.0.0.1:8000"},
                                        {"BRAMBLE_THREADS", "4"},
                                        {"BRAMBLE_WIRE", "fp16"},
                                        {"BRAMBLE_MODELS_MAX_GB", "2.5"},
                                        {"BRAMBLE_MDNS", "off"},
                                        {"BRAMBLE_COUNTERS", "off"},
                                        {"BRAMBLE_NODE", "[::1]:9,pi2"}}));
  CHECK(options.listen_address == "10.0.0.1");
  CHECK(options.control_port == 8000);
  CHECK(options.threads == 4);
  CHECK(options.wire == "fp16");
  CHECK(options.models_max_gb == 2.5);
  CHECK_FALSE(options.mdns);
  CHECK_FALSE(options.counters);
  CHECK(options.nodes == std::vector<endpoint>{{"::1", 9}, {"pi2", defaults::control_port}});
  apply_environment(options, variables({{"BRAMBLE_LISTEN", "10.0.0.2"}}));
  CHECK(options.listen_address == "10.0.0.2");
  CHECK(options.control_port == 8000);
}

TEST_CASE("mistakes in variables are told by name") {
  for (const auto& [name, value] :
       std::map<std::string, std::string>{{"BRAMBLE_NAME", "A"},
                                          {"BRAMBLE_LISTEN", ":1"},
                                          {"BRAMBLE_JOIN", "a,,b"},
                                          {"BRAMBLE_MDNS", "maybe"},
                                          {"BRAMBLE_PACE", "fast"},
                                          {"BRAMBLE_THREADS", "1.5"},
                                          {"BRAMBLE_WIRE", "fp8"},
                                          {"BRAMBLE_MODELS_MAX_GB", "all"},
                                          {"BRAMBLE_NODE", "pi2,a:0"}}) {
    const auto said = environment_complaint(name, value);
    INFO(said);
    CHECK(said.starts_with(name + " must be "));
    CHECK(is_sentence(said));
  }
}

TEST_CASE("a missing file is no mistake, an unreadable one is") {
  const temporary_folder folder;
  CHECK(load_options(folder / "none.toml", variables({})) == node_options{});
  CHECK(contains(complaint_of([&] { load_options(folder.path(), variables({})); }), "folder"));
}

TEST_CASE("settling fills in the name and the data port") {
  node_options options;
  options.control_port = 8000;
  settle(options);
  CHECK(options.data_port == 8001);
  CHECK(options.name == default_node_name());
  check_node_name(options.name, "x");
  options.control_port = 8001;
  CHECK(contains(complaint_of([&] { settle(options); }), "both 8001"));
  node_options last;
  last.control_port = 65535;
  CHECK(contains(complaint_of([&] { settle(last); }), "after 65535"));
}

TEST_CASE("host names become node names") {
  CHECK(node_name_from("Pi_1.Local") == "pi-1.local");
  CHECK(node_name_from("--.") == "node");
  CHECK(node_name_from("") == "node");
  CHECK(node_name_from(std::string(62, 'a') + ".b") == std::string(62, 'a'));
  REQUIRE(rc::check("always valid", [](const std::string& hostname) {
    check_node_name(node_name_from(hostname), "x");
  }));
}

TEST_CASE(
    "what somebody calls a machine becomes a node's name, with a word where it is another one") {
  CHECK(fit_node_name("pi2").name == "pi2");
  CHECK(fit_node_name("pi2").remark.empty());
  CHECK(fit_node_name("Raspberry_Pi 4").name == "raspberry-pi-4");
  CHECK(fit_node_name("k\u00fcche").name == "k-che");
  CHECK(contains(fit_node_name("k\u00fcche").remark, "k\u00fcche"));
  // Of names in other scripts nothing is left, and two of them are not called alike.
  const auto kitchen = fit_node_name("\u53a8\u623f");
  const auto hall = fit_node_name("\u5927\u5385");
  CHECK(kitchen.name.starts_with("node-"));
  CHECK(kitchen.name != hall.name);
  REQUIRE(rc::check("fitting", [](const std::string& wanted) {
    const auto fitting = fit_node_name(wanted);
    check_node_name(fitting.name, "x");
    RC_ASSERT(fitting.remark.empty() == (fitting.name == wanted));
    RC_ASSERT(fit_node_name(fitting.name).name == fitting.name);
    if (!fitting.remark.empty()) RC_ASSERT(is_text(fitting.remark));
  }));
}

TEST_CASE("endpoints") {
  CHECK(parse_endpoint("pi1", 7) == endpoint{"pi1", 7});
  CHECK(parse_endpoint("pi1.local:80", 7) == endpoint{"pi1.local", 80});
  CHECK(parse_endpoint("::1", 7) == endpoint{"::1", 7});
  CHECK(parse_endpoint("[::1]", 7) == endpoint{"::1", 7});
  CHECK(parse_endpoint("[fe80::2%eth0]:65535", 7) == endpoint{"fe80::2%eth0", 65535});
  for (const auto* wrong : {"", ":", ":1", "a:", "a:0", "a:65536", "a:-1", "a:1x", "a b", "a/b",
                            "[::1", "[::1]1", "[::1]:", "[]", "[a]", "a:+1", "http://a", "a\n"}) {
    const auto said = complaint_of([&] { parse_endpoint(wrong, 7, "--join"); });
    INFO(wrong);
    CHECK(said.starts_with("--join must be HOST"));
    CHECK(is_sentence(said));
  }
  REQUIRE(rc::check("what is written is read back", [] {
    const endpoint where{*rc::gen::element<std::string>("pi1", "::1", "10.0.0.1", "a-b.c"),
                         *rc::gen::inRange<std::uint16_t>(1, 65535)};
    RC_ASSERT(parse_endpoint(to_string(where), 7) == where);
  }));
  REQUIRE(rc::check("anything", [](const std::string& text) {
    RC_ASSERT(succeeds_or_complains([&] { parse_endpoint(text, 7); }));
  }));
}

TEST_CASE("shapes") {
  CHECK(parse_shape("1x3x224x224") == std::vector<std::int64_t>{1, 3, 224, 224});
  CHECK(parse_shape("7") == std::vector<std::int64_t>{7});
  CHECK(format_shape({1, 3, 224, 224}) == "1x3x224x224");
  CHECK(format_shape({}) == "scalar");
  for (const auto* wrong :
       {"", "x", "1x", "x1", "1xx2", "0", "-1", "1x-2", "1X2", "1 x2", "a", "1x2x", "1.5",
        "99999999999999999999", "1x1x1x1x1x1x1x1x1", "65536x65536", "268435457"}) {
    INFO(wrong);
    CHECK(is_sentence(complaint_of([&] { parse_shape(wrong, "--input"); })));
  }
  CHECK(bounded_element_count({0, 1LL << 62}) == 0);
  CHECK(bounded_element_count({}) == 1);
  CHECK_FALSE(bounded_element_count({-1, 0}));
  CHECK_FALSE(bounded_element_count({1LL << 32, 1LL << 32}));
}

TEST_CASE("numbers") {
  CHECK(parse_integer("12", 0, 12, "n") == 12);
  CHECK(parse_number("1e1", 0, 12, "n") == 10.0);
  for (const auto* wrong : {"", "13", "-1", "1x", " 1", "0x1", "99999999999999999999"})
    CHECK(is_sentence(complaint_of([&] { parse_integer(wrong, 0, 12, "n"); })));
  for (const auto* wrong : {"", "13", "-1", "1x", "nan", "inf", "1e999"})
    CHECK(is_sentence(complaint_of([&] { parse_number(wrong, 0, 12, "n"); })));
}

TEST_CASE("the home folder: flag, variable, service, user") {
  const temporary_folder folder;
  const fs::path none = folder / "none";
  const auto all = variables({{"BRAMBLE_HOME", "/b"}, {"XDG_DATA_HOME", "/x"}, {"HOME", "/h"}});
  CHECK(home_folder("/flag", all, folder.path()) == "/flag");
  CHECK(home_folder(std::nullopt, all, folder.path()) == "/b");
  const auto user = variables({{"XDG_DATA_HOME", "/x"}, {"HOME", "/h"}});
  CHECK(home_folder(std::nullopt, user, folder.path()) == folder.path());
  CHECK(home_folder(std::nullopt, user, none) == "/x/bramble");
  CHECK(home_folder(std::nullopt, variables({{"HOME", "/h"}}), none) == "/h/.local/share/bramble");
  CHECK(contains(complaint_of([&] { home_folder(std::nullopt, variables({}), none); }),
                 "BRAMBLE_HOME"));
  CHECK(home_folder("here", all, none) == fs::current_path() / "here");
  CHECK(home_paths{"/b"}.options == "/b/bramble.toml");
}
