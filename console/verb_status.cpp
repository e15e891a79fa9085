#include <cstdio>
#include <thread>

#include "actors/client/node_client.hpp"
#include "console/common.hpp"
#include "console/status.hpp"
#include "console/terminal.hpp"
#include "console/verbs.hpp"

namespace bramble {
namespace {

struct flags {
  client_flags client;
  bool json = false;
  std::size_t wait = 0;
  double timeout_s = 60;
};

/// Asks until the cluster has settled: a node may not even be listening yet.
cluster_status wait_until_settled(const flags& f, const key_info& keys) {
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::duration<double>(f.timeout_s);
  std::unique_ptr<node_client> client;
  std::string last = "nothing was heard yet";
  while (true) {
    try {
      if (!client) client = std::make_unique<node_client>(keys, f.client.node());
      auto status = client->status();
      if (settled(status, f.wait)) return status;
      last = std::to_string(status.nodes.size()) + " nodes are known:\n" + describe(status);
    } catch (const user_error& e) {
      client.reset();
      last = e.what();
    }
    if (std::chrono::steady_clock::now() > deadline)
      throw user_error("After " + fixed(f.timeout_s, 0) + " s there are not " +
                       std::to_string(f.wait) + " nodes ready; " + last);
    std::this_thread::sleep_for(std::chrono::milliseconds{150});
  }
}

void run(const flags& f) {
  const auto keys = load_keys(f.client.common().paths().keys);
  const auto status = f.wait == 0
                          ? node_client{keys, f.client.node()}.status()
                          : with_progress("waiting for " + std::to_string(f.wait) + " nodes",
                                          [&] { return wait_until_settled(f, keys); });
  if (f.json)
    std::printf("%s\n", to_json(status).dump(2).c_str());
  else
    std::fputs(describe(status).c_str(), stdout);
}

}  // namespace

void add_status_verb(CLI::App& app) {
  auto* verb = app.add_subcommand("status", "Show the nodes, their speeds and links");
  auto f = std::make_shared<flags>();
  f->client.add_to(*verb);
  verb->add_flag("--json", f->json, "Print JSON");
  verb->add_option("--wait", f->wait, "Wait until so many nodes are ready")->type_name("N");
  verb->add_option("--timeout", f->timeout_s, "How long to wait")->type_name("SECONDS");
  verb->footer(example("bramble status --node pi1.local --json"));
  verb->callback([f] { run(*f); });
}

}  // namespace bramble
