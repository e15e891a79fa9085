#include "actors/open_model.hpp"

namespace bramble {

std::shared_ptr<device_model> open_model(const model_store& store, const std::string& identity,
                                         const runtime_options& options) {
  auto g = std::make_shared<const graph>(store.load(identity).model);
  return std::make_shared<device_model>(
      std::move(g),
      [store](const std::string& sha256) { return map_file(store.blob_path(sha256)); }, options);
}

}  // namespace bramble
