#include <cstdio>
#include <thread>

#include "actors/client/node_client.hpp"
#include "balancer/shelf/profile.hpp"
#include "config/base/files.hpp"
#include "console/common.hpp"
#include "console/shelf_load.hpp"
#include "console/status.hpp"
#include "console/terminal.hpp"
#include "console/verbs.hpp"
#include "model/store/store.hpp"

namespace bramble {
namespace {

struct flags {
  client_flags client;
  bool json = false;
  std::size_t wait = 0;
  double timeout_s = 60;
  std::string file;
  std::string model;
};

/// Asks until the cluster has settled: a node may not even be listening yet.
cluster_status wait_until_settled(const flags& f, const key_info& keys) {
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::duration<double>(f.timeout_s);
  std::unique_ptr<node_client> client;
  std::string last = "nothing was heard yet";
  while (true) {
    try {
      if (!client) client = std::make_unique<node_client>(keys, f.client.nodes());
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

/// Each node's measured times for the model, in a profile beside the shelf file.
void export_profiles(const flags& f, const key_info& keys, const cluster_status& status,
                     shelf& devices) {
  const model_store store{f.client.common().paths().models};
  const auto identity = store.resolve(f.model);
  const auto model = store.load(identity).model;
  const std::filesystem::path file{f.file};
  for (auto& node : devices.nodes) {
    const auto known = std::find_if(status.nodes.begin(), status.nodes.end(),
                                    [&](const node_status& n) { return n.name == node.name; });
    const auto at = parse_endpoint(known->address, defaults::control_port, node.name);
    const auto report = with_progress("measuring " + f.model + " on " + node.name, [&] {
      return node_client{keys, {at}}.prepare({identity, f.model, status.self});
    });
    node.profile = file.stem().string() + "." + node.name + ".json";
    node.gmacs = 0;
    write_file_atomically(file.parent_path() / node.profile,
                          as_bytes(format_profile(model, report.table)));
  }
}

void export_shelf(const flags& f, const key_info& keys, const cluster_status& status) {
  auto devices = shelf_of(status);
  if (!f.model.empty()) export_profiles(f, keys, status, devices);
  write_file_atomically(f.file, as_bytes(format_shelf(devices)));
  std::fprintf(stderr, "%s is written: bramble plan MODEL --cluster %s\n", f.file.c_str(),
               f.file.c_str());
}

void run(const flags& f) {
  const auto keys = load_keys(f.client.common().paths().keys);
  const auto status = f.wait == 0
                          ? node_client{keys, f.client.nodes()}.status()
                          : with_progress("waiting for " + std::to_string(f.wait) + " nodes",
                                          [&] { return wait_until_settled(f, keys); });
  if (!f.file.empty()) export_shelf(f, keys, status);
  const auto ways = ways_in_use(keys, status);
  if (f.json)
    std::printf("%s\n", to_json(status, ways).dump(2).c_str());
  else
    std::fputs(fit_lines(describe(status, ways)).c_str(), stdout);
}

}  // namespace

void add_status_verb(CLI::App& app) {
  auto* verb = app.add_subcommand("status", "Show the nodes, their speeds and links");
  auto f = std::make_shared<flags>();
  f->client.add_to(*verb);
  verb->add_flag("--json", f->json, "Print JSON");
  verb->add_option("--wait", f->wait, "Wait until so many nodes are ready")->type_name("N");
  verb->add_option("--timeout", f->timeout_s, "How long to wait")->type_name("SECONDS");
  auto* file = verb->add_option("--export", f->file,
                                "Write nodes and links as a shelf for `bramble plan --cluster`")
                   ->type_name("FILE.toml");
  verb->add_option("--model", f->model,
                   "With --export: also each node's measured times for this model")
      ->needs(file);
  verb->footer(
      example("bramble status --node pi1.local --json\n"
              "  bramble status --wait 4 --export shelf.toml"));
  verb->callback([f] { run(*f); });
}

}  // namespace bramble
