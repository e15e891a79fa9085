#include <cstdio>
#include <optional>

#include "actors/client/node_client.hpp"
#include "console/common.hpp"
#include "console/doctor.hpp"
#include "console/live.hpp"
#include "console/terminal.hpp"
#include "console/verbs.hpp"

namespace bramble {
namespace {

struct flags {
  client_flags client;
  std::string member;
  bool json = false;
  bool problems = false;
};

/// By the node that answers, or by the member that was named; nothing where there is no node, and
/// `why` then.
std::optional<examination> ask_node(const flags& f, std::string& why) {
  std::optional<node_client> client;
  std::optional<key_info> keys;
  try {
    keys = load_keys(f.client.common().paths().keys);
    client.emplace(*keys, f.client.nodes());
  } catch (const usage_error&) {
    throw;
  } catch (const user_error& e) {
    why = e.what();
    return std::nullopt;
  }
  return with_progress("examining " + (f.member.empty() ? client->node_name() : f.member), [&] {
    if (f.member.empty()) return client->examine();
    return with_member(*keys, *client, f.member,
                       [](node_client& member) { return member.examine(); });
  });
}

void run(const flags& f) {
  std::string why;
  const auto asked = ask_node(f, why);
  // Of another machine there is nothing to be seen from here.
  if (!asked && (f.client.is_named() || !f.member.empty())) throw user_error(why);
  const auto what = asked ? *asked : examine_without_node(f.client.common().paths(), why);
  if (f.json)
    std::printf("%s\n", to_json(what, asked.has_value()).dump(2).c_str());
  else
    std::fputs(fit_lines(f.problems ? describe_problems(what) : describe(what)).c_str(), stdout);
  if (has_problems(what.findings)) throw CLI::RuntimeError(1);
}

}  // namespace

void add_doctor_verb(CLI::App& app) {
  auto* verb = app.add_subcommand(
      "doctor", "Say what is wrong with a machine, its network and its cluster, and what to type");
  auto f = std::make_shared<flags>();
  f->client.add_to(*verb);
  verb->add_option("member", f->member, "Name of another node to examine (the one that answers)");
  auto* json = verb->add_flag("--json", f->json, "Print JSON");
  verb->add_flag("--problems", f->problems, "Print only what is a problem")->excludes(json);
  verb->footer(example("bramble doctor\n  bramble doctor pi3 --json") +
               "\nExits with 1 where there is a problem. Without a node that runs it looks at this "
               "machine alone.");
  verb->callback([f] { run(*f); });
}

}  // namespace bramble
