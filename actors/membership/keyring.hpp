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
  std::function<void()> reload;  ///< all who read it: something there is new; may be empty
  event_teller tell = {};
};

using look_at_keys_atom = caf::atom_constant<caf::atom("lookatkeys")>;
using look_at_files_atom = caf::atom_constant<caf::atom("lookfiles")>;
/// With its reminders to itself.
using private_keyring =
    keyring_actor::extend<caf::reacts_to<look_at_keys_atom>, caf::reacts_to<look_at_files_atom>>;

/// When the files were written that others change as well: an owner, or `bramble keys`.
struct key_times {
  std::filesystem::file_time_type certificate;
  std::filesystem::file_time_type authority;

  bool operator==(const key_times&) const = default;
};

struct keyring_state {
  static inline const char* name = "keyring";
  keyring_config config;
  directory_ptr peers;
  std::string last;  ///< what became of the last look, for people
  key_times seen;
  key_times useless;                            ///< as they were when they could not be used
  std::chrono::steady_clock::time_point asked;  ///< when peers were, last
};

/// Renews this node's certificate when two thirds of its time are over, by whoever has the
/// cluster's authority (every peer is asked in turn, over the connection that both sides
/// certified), and where the authority is here, renews those of others. The private key stays as it
/// is: only the certificate is new. Asks now and then, and when something points to it, whether
/// there is a new authority: then its certificate comes with that one's. Sees when the files
/// change. Waits for the disk: spawn it detached.
private_keyring::behavior_type keyring(private_keyring::stateful_pointer<keyring_state> self,
                                       keyring_config config);

}  // namespace bramble
