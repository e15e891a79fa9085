#include "actors/client/basp_port.hpp"

#include <caf/io/basp_broker.hpp>
#include <caf/io/network/default_multiplexer.hpp>

#include "config/base/error.hpp"
#include "config/defaults.hpp"

namespace bramble {

caf::actor connection_broker(caf::actor_system& system) {
  return system.middleman().named_broker<caf::io::basp_broker>(caf::atom("BASP"));
}

caf::io::scribe_ptr scribe_of(caf::actor_system& system, int local) {
  return system.middleman().backend().new_scribe(local);
}

void hand_over_accepted(caf::actor_system& system, int local, const node_actor& face) {
  caf::anon_send(connection_broker(system), caf::publish_atom_v, scribe_of(system, local),
                 defaults::control_port, caf::actor_cast<caf::strong_actor_ptr>(face),
                 system.message_types(face));
}

void check_identity(const caf::actor_system& system, const process_identity& identity) {
  if (system.node() != caf::make_node_id(identity.process, identity.host))
    throw user_error(
        "CAF does not run under the identity of this node's certificate; build Bramble with the "
        "libcaf of this system.");
}

bool is_certified(const caf::actor_system& system, const caf::node_id& of,
                  const std::string& name) {
  if (of == system.node()) return true;
  using plain_id = caf::node_id::default_data;
  if (!of || of->implementation_id() != plain_id::class_id) return false;
  return static_cast<const plain_id&>(*of).host_id() == host_of_name(name);
}

}  // namespace bramble
