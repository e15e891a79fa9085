#include "console/dry_run.hpp"

#include "balancer/devices/load_devices.hpp"
#include "config/defaults.hpp"
#include "model/store/store.hpp"

namespace bramble {

namespace {

dry_run load_on(shelf devices, const std::filesystem::path& models, const std::string& model,
                const std::string& profile) {
  dry_run out;
  out.devices = std::move(devices);
  const bool is_profile = model.empty() || model.ends_with(".json");
  std::optional<profiled_model> usual;
  if (!profile.empty()) usual = read_profile(profile);
  if (is_profile) {
    auto measured = model.empty() ? *usual : read_profile(model);
    out.model = measured.model;
    out.name = out.model.name;
    if (!usual) usual = std::move(measured);
  } else {
    const model_store store{models};
    out.identity = store.resolve(model);
    out.model = store.load(out.identity).model;
    out.name = model;
  }
  load_devices(out.devices, out.model);  // what has times then needs none of `usual`
  load_profiles(out.devices, out.model, usual ? &*usual : nullptr);
  return out;
}

}  // namespace

dry_run load_dry_run(const std::filesystem::path& models, const std::string& model,
                     const std::string& profile, const std::string& shelf_file) {
  return load_on(read_shelf(shelf_file), models, model, profile);
}

dry_run load_dry_run(const std::filesystem::path& models, const std::string& model,
                     const std::string& profile, std::size_t equal_nodes) {
  shelf devices;
  devices.host = "pi1";
  for (std::size_t n = 1; n <= equal_nodes; ++n) {
    shelf_node node;
    node.name = "pi" + std::to_string(n);
    node.gmacs = defaults::sweep_gmacs;
    node.nic_mbit = defaults::nic_mbit;
    devices.nodes.push_back(std::move(node));
  }
  return load_on(std::move(devices), models, model, profile);
}

}  // namespace bramble
