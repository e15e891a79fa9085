#pragma once

#include <deque>

#include "actors/internal/actors.hpp"
#include "actors/membership/peer_models.hpp"
#include "model/store/store_watch.hpp"

namespace bramble {

/// Where the actors of a node get models from.
struct model_source {
  model_finder_actor finder;  ///< or a model_reader, where there is no shelf
  /// Both outlive the actors. No watch: the finder is asked for every model.
  const store_watch* watch = nullptr;
  const peer_models* peers = nullptr;
};

/// One actor's way from names to models. A model that the actor asked for before is found at once
/// and without a disk, as long as the store is known to be unchanged and the shelf means that model
/// by the name; else the finder looks. So a slow disk, or a fetch, holds up those alone who want
/// what only it can give.
///
/// Lives in the actor's state and is used by that actor only.
class model_lookup {
 public:
  model_lookup() = default;
  explicit model_lookup(model_source source) : source_{std::move(source)} {}

  /// Calls `use(opened_model_ptr)` or `fail(caf::error)`, before it returns or later; at the latest
  /// after `patience`, with `caf::sec::request_timeout`. What it waits for goes on all the same.
  template <class Self, class Use, class Fail>
  void find(Self* self, const std::string& name, Use use, Fail fail,
            caf::duration patience = caf::infinite) {
    if (const auto known = recall(name)) return use(known);
    // A fetch takes as long as it moves, and the finder knows whether it does.
    self->request(source_.finder, patience, open_atom::value, name)
        .then(
            [=, this](const opened_model_ptr& found) mutable {
              keep(found);
              use(found);
            },
            [=](caf::error& e) mutable { fail(std::move(e)); });
  }

 private:
  opened_model_ptr recall(const std::string& name);
  bool means(const std::string& name, const std::string& identity, const store_listing& here) const;
  void keep(const opened_model_ptr& model);

  model_source source_;
  std::deque<opened_model_ptr> known_;  ///< the last used one last
};

}  // namespace bramble
