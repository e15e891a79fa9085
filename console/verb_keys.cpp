#include <cstdio>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "config/base/files.hpp"
#include "config/keys.hpp"
#include "console/common.hpp"
#include "console/verbs.hpp"

namespace bramble {
namespace {

std::string date_of(wall_time when) {
  const auto seconds = std::chrono::system_clock::to_time_t(when);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d", &parts);
  return text;
}

byte_vector read_bundle(const std::string& file) {
  if (file != "-") return read_file(file, defaults::key_file_limit_bytes);
  const std::string text{std::istreambuf_iterator<char>{std::cin}, {}};
  const auto bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

void show(const common_flags& common, bool json) {
  const auto keys = load_keys(common.paths().keys);
  if (json) {
    std::printf("%s\n", nlohmann::json{{"cluster", keys.cluster_name},
                                       {"cluster_id", keys.cluster_id},
                                       {"node", keys.node_name},
                                       {"expires", date_of(keys.expiry)},
                                       {"can_issue", keys.can_issue},
                                       {"folder", keys.paths.folder.string()}}
                            .dump(2)
                            .c_str());
    return;
  }
  std::printf("node %s of cluster %s (%s), valid until %s\n%s\nin %s\n", keys.node_name.c_str(),
              keys.cluster_name.c_str(), keys.cluster_id.c_str(), date_of(keys.expiry).c_str(),
              keys.can_issue ? "holds the authority's key: `bramble keys issue NAME` works here"
                             : "cannot issue keys for other nodes; the first node can",
              keys.paths.folder.c_str());
}

}  // namespace

void add_keys_verb(CLI::App& app) {
  auto* verb = app.add_subcommand("keys", "Make and install the certificates of a cluster");
  verb->require_subcommand(1);
  verb->footer(
      example("bramble keys init\n  ssh pi1 bramble keys issue pi2 | bramble keys install -"));

  struct flags {
    common_flags common;
    std::string cluster = "bramble";
    std::string name;
    std::string file;
    bool json = false;
    bool replace = false;
  };
  auto f = std::make_shared<flags>();

  auto* init = verb->add_subcommand("init", "Begin a cluster: its authority, this node's keys");
  f->common.add_to(*init);
  init->add_option("--cluster", f->cluster, "Name of the cluster")->capture_default_str();
  init->add_option("--name", f->name, "Name of this node (BRAMBLE_NAME; the host name)");
  init->footer(example("bramble keys init --cluster attic"));
  init->callback([f] {
    auto options = f->common.options();
    if (!f->name.empty()) options.name = f->name;
    settle(options);
    init_keys(f->common.paths().keys, f->cluster, options.name);
    std::printf(
        "Cluster %s begun; this node is %s. For another node, type there:\n"
        "  ssh %s bramble keys issue NAME | bramble keys install -\n",
        f->cluster.c_str(), options.name.c_str(), options.name.c_str());
  });

  auto* issue = verb->add_subcommand("issue", "Print the keys of another node (secret)");
  f->common.add_to(*issue);
  issue->add_option("name", f->name, "Name of the other node")->required();
  issue->add_flag("--replace", f->replace,
                  "The name has keys already: the node that gets these takes its place");
  issue->footer(example("bramble keys issue pi2 | ssh pi2 bramble keys install -"));
  issue->callback([f] {
    const auto bundle = issue_keys(f->common.paths().keys, f->name, f->replace);
    std::fwrite(bundle.data(), 1, bundle.size(), stdout);
  });

  auto* install = verb->add_subcommand("install", "Install keys that another node issued");
  f->common.add_to(*install);
  install->add_option("file", f->file, "What `keys issue` printed; - is standard input")
      ->required();
  install->footer(example("ssh pi1 bramble keys issue pi2 | bramble keys install -"));
  install->callback([f] {
    const auto folder = f->common.paths().keys;
    install_keys(folder, read_bundle(f->file));
    const auto keys = load_keys(folder);
    std::printf("This node is %s of cluster %s now.\n", keys.node_name.c_str(),
                keys.cluster_name.c_str());
  });

  auto* list = verb->add_subcommand("show", "Show which cluster this home belongs to");
  f->common.add_to(*list);
  list->add_flag("--json", f->json, "Print JSON");
  list->footer(example("bramble keys show"));
  list->callback([f] { show(f->common, f->json); });
}

}  // namespace bramble
