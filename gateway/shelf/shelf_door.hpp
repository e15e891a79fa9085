#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "actors/client/node_client.hpp"
#include "config/base/recent_map.hpp"
#include "gateway/protocol/model_card.hpp"

namespace bramble::gateway {

/// The shelf as the gateway asks it: through one node at a time, and through another one when that
/// is lost, those included that were never typed but became members since. Every function may be
/// called from any thread, waits for the answer, and throws `refusal` with the status that tells
/// why there is none.
class shelf_door {
 public:
  using is_abandoned = std::function<bool()>;

  shelf_door(key_info keys, std::vector<endpoint> where);
  ~shelf_door();

  /// What the shelf's state says: who may be asked, and which models there are.
  void know(const cluster_status& shelf);

  /// What a model takes and gives: 404 where nobody has it. A model that is new to the shelf's node
  /// is fetched first.
  model_card card(const std::string& name);

  /// `what.model` is a name; its inputs fit the card. 503 with Retry-After where the shelf has too
  /// much to do or is not there. `request_was_abandoned` passes through.
  infer_reply infer(const std::shared_ptr<const infer_request>& what,
                    const is_abandoned& abandoned);

  /// What was thought of this name is out of date.
  void forget_card(const std::string& name);

  /// Has a plan made for it and installed, so that the first request pays for nothing.
  void load(const std::string& name);
  /// This gateway answers no requests for it until it is loaded again.
  void unload(const std::string& name);
  bool is_unloaded(const std::string& name) const;

  /// Changes a member; its sentence. 404 for one that is none.
  std::string change(const std::string& member, const runtime_override& what);

  /// A model of the shelf, as the index of the repository has it.
  struct listed {
    std::string name;
    std::string identity;
    bool ready = false;
    std::string reason;  ///< it is not; empty: it is
  };
  std::vector<listed> models() const;

 private:
  struct known_card {
    std::shared_ptr<const model_card> card;
    std::chrono::steady_clock::time_point asked;
  };
  using client_ptr = std::shared_ptr<node_client>;

  client_ptr here();
  void drop(const client_ptr& lost);
  std::vector<endpoint> places() const;
  template <class Question>
  auto ask(const Question& question);
  bool has_model(const std::string& name) const;
  model_card ask_card(const std::string& name);

  const key_info keys_;
  const std::vector<endpoint> where_;

  std::mutex connecting_;  ///< one thread dials
  mutable std::mutex mutex_;
  client_ptr client_;
  std::string trouble_;  ///< why there is no client
  std::chrono::steady_clock::time_point next_try_ = {};
  std::shared_ptr<const cluster_status> shelf_;
  recent_map<std::string, known_card> cards_;  ///< by name
  std::set<std::string> unloaded_;
};

}  // namespace bramble::gateway
