#include "console/dry_run.hpp"

#include "model/graph/store.hpp"

namespace bramble {

dry_run load_dry_run(const std::filesystem::path& models, const std::string& model,
                     const std::string& profile, const std::string& shelf_file) {
  dry_run out;
  out.devices = read_shelf(shelf_file);
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
  load_profiles(out.devices, out.model, usual ? &*usual : nullptr);
  return out;
}

}  // namespace bramble
