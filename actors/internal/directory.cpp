#include "actors/internal/actors.hpp"

namespace bramble {

peer_link_actor link_to(const directory_ptr& peers, const std::string& name) {
  if (!peers) return {};
  const auto found = peers->links.find(name);
  return found == peers->links.end() ? peer_link_actor{} : found->second;
}

}  // namespace bramble
