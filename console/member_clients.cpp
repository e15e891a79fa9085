#include "console/member_clients.hpp"

#include "config/defaults.hpp"

namespace bramble {

node_client& member_clients::to(const node_status& member) {
  auto& client = clients_[member.name];
  if (!client)
    client = std::make_unique<node_client>(
        keys_, std::vector{parse_endpoint(member.address, defaults::control_port, member.name)});
  return *client;
}

}  // namespace bramble
