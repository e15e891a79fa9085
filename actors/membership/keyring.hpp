#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "actors/internal/actors.hpp"

namespace bramble {

struct keyring_config {
  std::string self;
  std::filesystem::path folder;  ///< of this node's keys
  std::function<void()> reload;  ///< both ports: there is a new certificate; may be empty
  event_teller tell = {};
};

using look_at_keys_atom = caf::atom_constant<caf::atom("lookatkeys")>;
/// With its reminder to itself.
using private_keyring = keyring_actor::extend<caf::reacts_to<look_at_keys_atom>>;

struct keyring_state {
  static inline const char* name = "keyring";
  keyring_config config;
  directory_ptr peers;
  std::string last;  ///< what became of the last look, for people
};

/// Renews this node's certificate when two thirds of its time are over, by whoever has the
/// cluster's authority (every peer is asked in turn, over the connection that both sides
/// certified), and where the authority is here, renews those of others. The private key stays as it
/// is: only the certificate is new. Waits for the disk: spawn it detached.
private_keyring::behavior_type keyring(private_keyring::stateful_pointer<keyring_state> self,
                                       keyring_config config);

}  // namespace bramble
