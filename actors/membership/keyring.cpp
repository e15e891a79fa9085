#include "actors/membership/keyring.hpp"

#include <spdlog/spdlog.h>

#include "config/base/error.hpp"
#include "config/defaults_join.hpp"
#include "config/keys.hpp"
#include "config/renewal.hpp"

namespace bramble {
namespace {

using keyring_pointer = private_keyring::stateful_pointer<keyring_state>;

wall_time wall_clock() {
  return std::chrono::system_clock::now();
}

key_times times_in(const std::filesystem::path& folder) {
  const key_paths paths{folder};
  std::error_code error;
  key_times out;
  out.certificate = std::filesystem::last_write_time(paths.node_crt, error);
  out.authority = std::filesystem::last_write_time(paths.ca_crt, error);
  return out;
}

/// What cannot be used is looked at again when it has changed; the ports go on with what they
/// have.
void look_at_files(keyring_pointer self) {
  auto& state = self->state;
  self->delayed_send(self, defaults::key_files_look_every, look_at_files_atom::value);
  const auto now = times_in(state.config.folder);
  if (now == state.seen || now == state.useless) return;
  try {
    const auto keys = load_keys(state.config.folder);
    if (state.config.reload) state.config.reload();
    state.seen = now;
    spdlog::info("the keys in {} were changed and are in use, until {}",
                 state.config.folder.string(), format_date(keys.expiry));
  } catch (const user_error& e) {
    state.useless = now;
    spdlog::warn("the keys that were changed cannot be used: {}", e.what());
  }
}

void adopt_certificate(keyring_pointer self, const std::string& certificate,
                       const std::string& by) {
  auto& state = self->state;
  const auto until = replace_certificate(state.config.folder, certificate);
  if (state.config.reload) state.config.reload();
  state.seen = times_in(state.config.folder);
  state.last = "renewed until " + format_date(until) + " by " + by;
  spdlog::info("this node's certificate is renewed by {}, until {}", by, format_date(until));
  tell(state.config.tell, "certificate", state.config.self,
       "the certificate of " + state.config.self + " is renewed by " + by + ", until " +
           format_date(until));
}

void give_up(keyring_pointer self, const renewal_need& need) {
  if (!need.is_due) return;  // it was asked for a new authority, and there is none
  self->state.last = "nobody could renew the certificate, which ends on " + format_date(need.until);
  spdlog::warn(
      "this node's certificate ends on {}, and nobody who is there can renew it: start the node "
      "that "
      "has the cluster's authority, or type `bramble invite --replace {}` there and join anew here",
      format_date(need.until), self->state.config.self);
}

/// One peer after the other: who has no authority says so at once.
void ask_peers(keyring_pointer self, const renewal_need& need,
               const std::vector<std::pair<std::string, peer_link_actor>>& peers,
               std::size_t next) {
  if (next == peers.size()) return give_up(self, need);
  const auto& [name, link] = peers[next];
  self->request(link, defaults::renewal_timeout, renew_atom_v,
                renewal_request{self->state.config.self, need.request})
      .then(
          [=, by = name](const renewal& got) {
            try {
              adopt_certificate(self, got.certificate, by);
            } catch (const user_error& e) {
              spdlog::warn("what {} renewed cannot be used: {}", by, e.what());
              ask_peers(self, need, peers, next + 1);
            }
          },
          [=](caf::error&) { ask_peers(self, need, peers, next + 1); });
}

void look(keyring_pointer self) {
  auto& state = self->state;
  try {
    const auto need = need_of_renewal(state.config.folder, wall_clock());
    state.last = "certificate valid until " + format_date(need.until);
    if (need.is_authority_here && !need.is_due) return;  // there is none that is newer
    if (need.is_authority_here)
      return adopt_certificate(
          self,
          renew_certificate(state.config.folder, state.config.self, need.request, wall_clock()),
          "itself");
    state.asked = self->clock().now();
    std::vector<std::pair<std::string, peer_link_actor>> peers;
    if (state.peers) peers.assign(state.peers->links.begin(), state.peers->links.end());
    ask_peers(self, need, peers, 0);
  } catch (const user_error& e) {
    spdlog::warn("this node's certificate cannot be renewed: {}", e.what());
  }
}

}  // namespace

private_keyring::behavior_type keyring(keyring_pointer self, keyring_config config) {
  auto& state = self->state;
  state.config = std::move(config);
  state.seen = times_in(state.config.folder);
  self->delayed_send(self, defaults::renewal_first_look, look_at_keys_atom::value);
  self->delayed_send(self, defaults::key_files_look_every, look_at_files_atom::value);
  return {
      [=](look_at_keys_atom) {
        self->delayed_send(self, defaults::renewal_look_every, look_at_keys_atom::value);
        look(self);
      },
      [=](look_at_files_atom) { look_at_files(self); },
      [=](new_authority_atom) {
        const auto& asked = self->state.asked;
        const auto now = self->clock().now();
        if (asked.time_since_epoch().count() == 0 || now - asked >= defaults::renewal_ask_least)
          look(self);
      },
      [=](const directory_ptr& now) { self->state.peers = now; },
      [=](renew_atom, const renewal_request& asked) -> caf::result<renewal> {
        try {
          return renewal{renew_certificate(self->state.config.folder, asked.name, asked.request,
                                           wall_clock())};
        } catch (const user_error& e) {
          return failure(e.what());
        }
      },
      [=](detail_atom) -> std::string { return self->state.last; },
  };
}

}  // namespace bramble
