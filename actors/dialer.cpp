#include "actors/dialer.hpp"

#include "actors/client/system.hpp"
#include "config/defaults.hpp"
#include "discovery/probe.hpp"

namespace bramble {

caf::behavior dialer(caf::stateful_actor<dialer_state>* self) {
  return {
      [=](knock_atom, const std::string& host, std::uint16_t port) {
        return can_connect(host, port, defaults::probe_timeout, nullptr);
      },
      [=](dial_atom, const std::string& host, std::uint16_t port) -> caf::result<node_actor> {
        std::string why;
        if (!can_connect(host, port, defaults::probe_timeout, &why))
          return failure(host + ":" + std::to_string(port) + " cannot be reached: " + why + ".");
        auto promise = self->make_response_promise<node_actor>();
        self->request(self->system().openssl_manager().actor_handle(), defaults::dial_timeout,
                      caf::connect_atom_v, host, port)
            .then(
                [=](const caf::node_id&, const caf::strong_actor_ptr& handle,
                    const std::set<std::string>&) mutable {
                  if (handle)
                    promise.deliver(caf::actor_cast<node_actor>(handle));
                  else
                    promise.deliver(
                        failure(host + ":" + std::to_string(port) + " is no Bramble node."));
                },
                [=](caf::error&) mutable {
                  promise.deliver(
                      failure(host + ":" + std::to_string(port) +
                              " refused the secured connection: it is no Bramble node, or of "
                              "another cluster."));
                });
        return promise;
      },
  };
}

}  // namespace bramble
