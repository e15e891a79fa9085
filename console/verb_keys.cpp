#include <cstdio>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "actors/client/node_client.hpp"
#include "config/base/files.hpp"
#include "config/defaults_join.hpp"
#include "config/issued_names.hpp"
#include "config/keys.hpp"
#include "config/revocations.hpp"
#include "console/common.hpp"
#include "console/events.hpp"
#include "console/terminal.hpp"
#include "console/verbs.hpp"

namespace bramble {
namespace {

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
                                       {"expires", format_date(keys.expiry)},
                                       {"can_issue", keys.can_issue},
                                       {"folder", keys.paths.folder.string()}}
                            .dump(2)
                            .c_str());
    return;
  }
  std::printf("node %s of cluster %s (%s), valid until %s\n%s\nin %s\n", keys.node_name.c_str(),
              keys.cluster_name.c_str(), keys.cluster_id.c_str(), format_date(keys.expiry).c_str(),
              keys.can_issue ? "holds the authority's key: `bramble keys issue NAME` works here"
                             : "cannot issue keys for other nodes; the first node can",
              keys.paths.folder.c_str());
}

/// The last certificate of a name is the one that its node has, as far as this list knows.
bool is_last_of_its_name(const std::vector<issued_certificate>& all, std::size_t which) {
  for (auto i = which + 1; i < all.size(); ++i)
    if (all[i].name == all[which].name) return false;
  return true;
}

std::string state_of(const std::vector<issued_certificate>& all, std::size_t which,
                     const revocations& revoked) {
  const auto& one = all[which];
  if (revoked.covers_serial(one.serial)) return "revoked";
  if (!one.until.empty() && one.until < format_date(std::chrono::system_clock::now()))
    return "ended";
  return is_last_of_its_name(all, which) ? "valid" : "replaced";
}

std::string way_of(const issued_certificate& one) {
  if (one.how == "invite") return "an invitation";
  if (one.how.empty()) return "keys issue";
  return "keys " + one.how;
}

void list_keys(const common_flags& common, bool json) {
  const auto keys = load_keys(common.paths().keys);
  if (!keys.can_issue)
    throw user_error(
        "Only the node that has the cluster's authority knows what was issued; type "
        "`bramble keys list` there.");
  const auto all = read_issued(keys.paths.issued);
  const revocations revoked{keys.paths};
  auto out = nlohmann::json::array();
  std::vector<std::vector<std::string>> rows{
      {"node", "state", "issued", "until", "by", "serial", "authority"}};
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto& one = all[i];
    const auto state = state_of(all, i, revoked);
    out.push_back({{"node", one.name},
                   {"state", state},
                   {"issued", one.day},
                   {"until", one.until},
                   {"by", way_of(one)},
                   {"issuer", keys.node_name},
                   {"authority", one.authority},
                   {"serial", one.serial}});
    rows.push_back({one.name, state, one.day, one.until.empty() ? "-" : one.until,
                    way_of(one) + " on " + keys.node_name, one.serial.substr(0, 8),
                    one.authority.empty() ? "-" : one.authority});
  }
  std::printf("%s", json ? (out.dump(2) + "\n").c_str() : format_table(rows).c_str());
}

void revoke(const common_flags& common, const std::vector<endpoint>& nodes,
            const std::string& name) {
  const auto folder = common.paths().keys;
  const auto keys = load_keys(folder);
  const auto list = revoke_keys(folder, name);
  try {
    node_client client{keys, nodes};
    runtime_override what;
    what.kind = runtime_override::kind_t::revoke;
    what.text = list;
    client.change(what);
    std::printf(
        "The keys of %s are revoked: no node that can be reached lets it in from now on, and "
        "those that come back hear of it.\n",
        name.c_str());
  } catch (const user_error& e) {
    throw user_error(
        "The keys of " + name + " are revoked, but no node was told yet: " + e.what() +
        " It is in force when this machine's node starts, or type `bramble keys revoke " + name +
        " --node HOST` with a node that runs.");
  }
}

void rotate(const common_flags& common, const std::string& overlap) {
  const std::chrono::seconds span =
      overlap.empty() ? defaults::authority_overlap
                      : std::chrono::seconds{static_cast<std::int64_t>(parse_span(overlap))};
  if (span < defaults::authority_overlap_least)
    throw usage_error("--overlap is at least " +
                      std::to_string(defaults::authority_overlap_least.count()) +
                      "h: nodes need time to hear of the new authority.");
  const auto folder = common.paths().keys;
  const auto until = rotate_authority(folder, std::chrono::system_clock::now() + span);
  const auto keys = load_keys(folder);
  std::printf(
      "Cluster %s has a new authority, %s. The one before is trusted beside it until %s: nodes "
      "that "
      "run get certificates of the new one within seconds, others when they come back; who was not "
      "there until then joins anew. `bramble keys list` says who has which.\n",
      keys.cluster_name.c_str(), keys.authorities.front().substr(0, 16).c_str(),
      format_date(until).c_str());
}

}  // namespace

void add_keys_verb(CLI::App& app) {
  auto* verb = app.add_subcommand("keys", "Make and install the certificates of a cluster");
  verb->require_subcommand(1);
  verb->footer(
      example("bramble keys init\n  ssh pi1 bramble keys issue pi2 | bramble keys install -"));

  struct flags {
    common_flags common;
    client_flags client;
    std::string cluster = "bramble";
    std::string name;
    std::string file;
    std::string overlap;
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
    const auto fitting = fit_node_name(options.name);
    if (!fitting.remark.empty()) std::fprintf(stderr, "%s\n", fitting.remark.c_str());
    init_keys(f->common.paths().keys, f->cluster, fitting.name);
    std::printf(
        "Cluster %s begun; this node is %s. For another node type `bramble invite` here, and there "
        "what it prints.\n",
        f->cluster.c_str(), fitting.name.c_str());
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

  auto* issued = verb->add_subcommand("list", "Who has keys of this cluster, until when, by whom");
  f->common.add_to(*issued);
  issued->add_flag("--json", f->json, "Print JSON");
  issued->footer(example("bramble keys list"));
  issued->callback([f] { list_keys(f->common, f->json); });

  auto* back =
      verb->add_subcommand("revoke", "Take back the keys of a node: no other lets it in any more");
  f->client.add_to(*back);
  back->add_option("name", f->name, "Name of the node")->required();
  back->footer(example("bramble keys revoke pi3"));
  back->callback([f] { revoke(f->client.common(), f->client.nodes(), f->name); });

  auto* next = verb->add_subcommand("rotate", "Begin a new authority with a key of its own");
  f->common.add_to(*next);
  next->add_option("--overlap", f->overlap,
                   "How long the one before is trusted beside it, as 12h or 30d (90d)");
  next->footer(example("bramble keys rotate --overlap 30d"));
  next->callback([f] { rotate(f->common, f->overlap); });

  auto* called = verb->add_subcommand("name", "Print what a node can be called");
  called->add_option("wanted", f->name, "What it would be called (the host name)");
  called->footer(example("bramble keys name \"Pi in the Kitchen\""));
  called->callback([f] {
    const auto fitting =
        f->name.empty() ? fitting_name{default_node_name(), ""} : fit_node_name(f->name);
    if (!fitting.remark.empty()) std::fprintf(stderr, "%s\n", fitting.remark.c_str());
    std::printf("%s\n", fitting.name.c_str());
  });

  auto* list = verb->add_subcommand("show", "Show which cluster this home belongs to");
  f->common.add_to(*list);
  list->add_flag("--json", f->json, "Print JSON");
  list->footer(example("bramble keys show"));
  list->callback([f] { show(f->common, f->json); });
}

}  // namespace bramble
