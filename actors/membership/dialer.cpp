#include "actors/membership/dialer.hpp"

#include <algorithm>

#include "actors/client/basp_port.hpp"
#include "config/defaults.hpp"
#include "config/format.hpp"
#include "discovery/absences.hpp"
#include "discovery/addresses.hpp"

namespace bramble {
namespace {

/// Addresses first: asking for a name may take many seconds in a house without a network.
std::optional<reached_place> find(const places& where, std::string* why) {
  auto names = where.hosts;
  const auto first_name = std::stable_partition(names.begin(), names.end(), [](const auto& host) {
    return is_numeric_address(host) || is_link_local_address(host);
  });
  const std::vector<std::string> addresses{names.begin(), first_name};
  names.erase(names.begin(), first_name);
  if (!addresses.empty() || names.empty())
    if (auto found = find_reachable(addresses, where.port, defaults::probe_timeout, why))
      return found;
  if (names.empty()) return std::nullopt;
  return find_reachable(names, where.port, defaults::probe_timeout, why);
}

}  // namespace

std::string describe(const places& where) {
  const auto out = joined(where.hosts);
  return (out.empty() ? "an unknown address" : out) + " port " + std::to_string(where.port);
}

dialer_actor::behavior_type dialer(dialer_actor::stateful_pointer<dialer_state> self, front* door) {
  return {
      [=](knock_atom, const places& where) { return find(where, nullptr).has_value(); },
      [=](seek_atom, const places& where) -> caf::result<reached_place> {
        std::string why;
        auto found = find(where, &why);
        if (!found) return failure(why + advice_for(why));
        return std::move(*found);
      },
      [=](dial_atom, const std::string& host, std::uint16_t port) -> caf::result<node_actor> {
        const auto dialled = door->dial_and_wait(host, port, defaults::dial_timeout);
        if (dialled.local < 0) return failure(dialled.why + advice_for(dialled.why) + ".");
        auto promise = self->make_response_promise<node_actor>();
        const auto peer = dialled.name + " at " + to_string(endpoint{host, port});
        self->request(connection_broker(self->system()), defaults::dial_timeout,
                      caf::connect_atom_v, scribe_of(self->system(), dialled.local), port)
            .then(
                [=](const caf::node_id&, const caf::strong_actor_ptr& handle,
                    const std::set<std::string>&) mutable {
                  if (handle)
                    promise.deliver(caf::actor_cast<node_actor>(handle));
                  else
                    promise.deliver(failure(peer + " is a program, but no node."));
                },
                [=](caf::error& e) mutable {
                  promise.deliver(failure(
                      e == caf::sec::incompatible_application_ids
                          ? peer + " runs another version of Bramble; install the same on both."
                          : peer + " gave up the connection: " + sentence_of(e)));
                });
        return promise;
      },
      [](detail_atom) -> std::string { return "looks for a peer"; },
  };
}

}  // namespace bramble
