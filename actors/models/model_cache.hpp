#pragma once

#include <deque>
#include <map>
#include <variant>

#include "actors/internal/actors.hpp"
#include "actors/membership/peer_models.hpp"
#include "model/store/arriving_blob.hpp"
#include "model/store/store_claim.hpp"
#include "model/store/store_watch.hpp"

namespace bramble {

struct model_cache_config {
  std::string self;
  model_store store;
  store_watch* watch = nullptr;        ///< of this store; outlives the actor
  const peer_models* peers = nullptr;  ///< outlives the actor
  tensor_transport* plane = nullptr;   ///< likewise
  capacity_meter_actor meter;
  link_meter_actor links;  ///< hears that somebody plans with its figures
};

/// Somebody wants a model here: to know this node's capacity with it, or only that it is here.
struct wanted_figures {
  caf::typed_response_promise<capacity_report> promise;
  bool manifest = false;      ///< that as well
  kernel_wishes_ptr kernels;  ///< after a try of these; null: as it is
};
using wanted_presence = caf::typed_response_promise<bool>;
using model_wish = std::variant<wanted_figures, wanted_presence>;

/// One model on its way here from a peer, one block at a time.
struct model_fetch {
  std::string identity;
  std::string name;
  std::string source;
  std::optional<manifest> found;        ///< empty: the manifest itself is being fetched
  std::deque<std::string> missing;      ///< blobs still to fetch, by SHA-256
  std::unique_ptr<import_claim> claim;  ///< keeps those that are here
  byte_vector buffer;                   ///< of the manifest being fetched
  std::unique_ptr<arriving_blob> blob;  ///< that is being fetched; large ones fit no buffer
  std::uint64_t blocks = 0;             ///< received so far; shows that it moves
  std::vector<model_wish> waiting;
};

using stalled_atom = caf::atom_constant<caf::atom("stalled")>;
/// With its reminder to itself that nothing may come any more: of this fetch, at this block.
using private_model_cache =
    model_cache_actor::extend<caf::reacts_to<stalled_atom, std::uint64_t, std::uint64_t>>;

/// Sees to it that a model is on this node before its pieces are: fetches manifest and weights from
/// a peer over the data plane (every file is checked against its SHA-256), has the model measured,
/// and serves other nodes' fetches. Reads and writes files: spawn it detached.
struct model_cache_state {
  static inline const char* name = "model_cache";
  model_cache_config config;
  std::map<std::uint64_t, model_fetch> fetches;  ///< by number
  std::uint64_t next_fetch = 1;
};

/// Names go with their models: what the shelf calls a model that is here becomes its name here,
/// too, where that name is free or means one that was replaced.
private_model_cache::behavior_type model_cache(
    private_model_cache::stateful_pointer<model_cache_state> self, model_cache_config config);

}  // namespace bramble
