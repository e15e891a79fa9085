#include "actors/node/service_parts.hpp"

namespace bramble {

node_service::node_service(const home_paths& paths, const node_options& options)
    : parts_{std::make_unique<parts>(paths, options)} {}
node_service::~node_service() = default;

void node_service::leave() {
  parts_->leave();
}

std::string node_service::banner() const {
  return parts_->banner();
}

}  // namespace bramble
