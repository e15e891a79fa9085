#include <algorithm>
#include <cstdio>
#include <thread>

#include "actors/transport/join/client.hpp"
#include "config/base/files.hpp"
#include "config/defaults_addresses.hpp"
#include "config/defaults_mdns.hpp"
#include "config/keys.hpp"
#include "config/version.hpp"
#include "console/common.hpp"
#include "console/near_invitations.hpp"
#include "console/terminal.hpp"
#include "console/verbs.hpp"
#include "discovery/peer_memory.hpp"

namespace bramble {
namespace {

struct join_flags {
  common_flags common;
  std::string code;
  std::string name;
};

/// Typed twice, or by a script that starts again: there is nothing left to do.
bool is_member_already(const std::filesystem::path& folder, const join_code& code) {
  if (!has_keys(folder)) return false;
  const auto keys = load_keys(folder);
  const bool is_its = std::ranges::any_of(keys.authorities, [&](const std::string& each) {
    return short_fingerprint(each) == code.authority;
  });
  if (!is_its)
    throw user_error(folder.string() + " has the keys of another cluster, " + keys.cluster_name +
                     " " + keys.cluster_id + "; move that folder away to join this one.");
  std::printf("This node is %s of that cluster, %s, already.\n", keys.node_name.c_str(),
              keys.cluster_name.c_str());
  return true;
}

/// As a bundle of `bramble keys issue`, so that it is checked like one.
void keep_keys(const home_paths& paths, EVP_PKEY& key, const join_result& got) {
  const auto bundle = to_pem(key) + got.certificate + got.authority;
  install_keys(paths.keys, as_bytes(bundle));
  const auto keys = load_keys(paths.keys);
  // Read and written anew: what is not in order is left out.
  const auto peers = parse_peers(got.peers, keys.founder);
  write_file_atomically(paths.peers, as_bytes(format_peers(peers)));
}

/// A Pi gets the time from the network, some seconds after it is there.
void ask_until_the_clock_is_right(const join_call& call, EVP_PKEY& key, const home_paths& paths) {
  const auto until = std::chrono::steady_clock::now() + defaults::clock_wait;
  const auto ask = [&](bool may_wait) {
    try {
      with_progress(
          "joining at " + to_string(endpoint{call.code.hosts.front(), call.code.port}), [&] {
            join_shelf(call, key, [&](const join_result& got) { keep_keys(paths, key, got); });
            return true;
          });
      return true;
    } catch (const clock_error& e) {
      if (!may_wait) throw;
      show_progress(std::string{e.what()} + " Waiting for that.");
      return false;
    }
  };
  while (!ask(std::chrono::steady_clock::now() < until))
    std::this_thread::sleep_for(defaults::clock_look_every);
}

/// First where the code says, then where the network tells of invitations: a machine gets another
/// address now and then, and a short code has none.
void ask_anywhere(const join_call& call, EVP_PKEY& key, const home_paths& paths, bool may_look) {
  std::string why;
  if (!call.code.hosts.empty()) {
    try {
      return ask_until_the_clock_is_right(call, key, paths);
    } catch (const nobody_invites& e) {
      if (!may_look) throw;
      why = e.what();
    }
  }
  if (!may_look)
    throw user_error(
        "This code has no address, and mDNS is off here: set network.mdns, or type "
        "`bramble invite` there without --short.");
  std::vector<join_code> found;
  try {
    found = find_invitations(call.code,
                             why.empty() ? defaults::join_listen_for : defaults::join_listen_again);
  } catch (const user_error& e) {
    // Of a code with an address that is the likelier cause.
    throw user_error(why.empty() ? e.what() : why);
  }
  for (auto each = found.begin(); each != found.end(); ++each) {
    auto there = call;
    there.code = *each;
    try {
      return ask_until_the_clock_is_right(there, key, paths);
    } catch (const clock_error&) {
      throw;
    } catch (const user_error&) {
      // Another terminal may have another invitation to the same cluster.
      if (each + 1 == found.end()) throw;
    }
  }
}

void join(const join_flags& f) {
  const auto code = from_flag([&] { return parse_join_code(f.code); });
  const auto paths = f.common.paths();
  if (is_member_already(paths.keys, code)) return;
  auto options = f.common.options();
  const bool insists = !f.name.empty() || !options.name.empty();
  if (!f.name.empty()) options.name = f.name;
  settle(options);
  const auto fitting = fit_node_name(options.name);
  if (!fitting.remark.empty()) std::fprintf(stderr, "%s\n", fitting.remark.c_str());
  const join_call call{.code = code, .name = fitting.name, .insists = insists, .version = version};
  const auto key = make_key();
  ask_anywhere(call, *key, paths, options.mdns);
  const auto keys = load_keys(paths.keys);
  std::printf("This node is %s of cluster %s (%s) now. Start it: bramble node\n",
              keys.node_name.c_str(), keys.cluster_name.c_str(), keys.cluster_id.c_str());
}

}  // namespace

void add_join_verb(CLI::App& app) {
  auto* verb = app.add_subcommand("join", "Become a node of a cluster, with a code of `invite`");
  auto f = std::make_shared<join_flags>();
  f->common.add_to(*verb);
  verb->add_option("code", f->code, "What `bramble invite` printed")->required();
  verb->add_option("--name", f->name, "Name of this node (BRAMBLE_NAME; the host name)");
  verb->footer(
      example("bramble join 192.168.1.10/K7Q2M-94TZX-0D3FH-8GJ1V-R5W6N-2YB7C-4EAPS-9KM3T-X8Q0Z\n"
              "  bramble join K7Q2M-94TZX-0D3FH-8GJ1V-R5W6N-2YB7C-4EAPS-9KM3T-X8Q0Z"));
  verb->callback([f] { join(*f); });
}

}  // namespace bramble
