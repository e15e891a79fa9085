#include "model/runtime/open_model.hpp"

namespace bramble {

std::shared_ptr<device_model> open_model(const model_store& store, const std::string& identity,
                                         const runtime_options& options) {
  // First, so that what is about to be loaded is not dropped to make room; kept with the model.
  const auto use = std::make_shared<std::optional<file_lock>>(store.use(identity));
  auto g = std::make_shared<const graph>(store.load(identity).model);
  return std::make_shared<device_model>(
      std::move(g),
      [store, use](const std::string& sha256) { return map_file(store.blob_path(sha256)); },
      options);
}

}  // namespace bramble
