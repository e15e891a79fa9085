#pragma once

#include <deque>
#include <map>

#include "actors/internal/local_messages.hpp"
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
  data_plane* plane = nullptr;         ///< likewise
  caf::actor meter;                    ///< capacity_meter
  caf::actor executor;                 ///< learns each model's slowdown
  caf::actor links;                    ///< link_meter; hears that somebody plans with its figures
};

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
  struct waiting_query {
    caf::response_promise promise;
    bool wants_manifest = false;
    bool wants_figures = true;  ///< this node's capacity; else only to know that it is here
  };
  std::vector<waiting_query> waiting;
};

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
///
/// Messages: (prepare_atom, prepare_request) -> capacity_report; (fetch_atom, prepare_request) ->
/// true once the model is here; (names_atom), on which it looks what the shelf calls its models;
/// data_frame (blob_request,
/// blob_block, error); data_link_lost; (detail_atom) -> text.
caf::behavior model_cache(caf::stateful_actor<model_cache_state>* self, model_cache_config config);

}  // namespace bramble
