#pragma once

#include <deque>

#include "actors/client/messages.hpp"
#include "actors/model_reader.hpp"
#include "config/defaults_store.hpp"
#include "model/graph/store_watch.hpp"

namespace bramble {

/// Where the actors of a node get models from.
struct model_source {
  caf::actor reader;  ///< model_reader
  /// Outlives the actors. None: the reader is asked for every model.
  const store_watch* watch = nullptr;
};

/// One actor's way from names to models. A model that the actor asked for before is found at once
/// and without a disk, as long as the store is known to be unchanged; else the reader looks. So a
/// slow disk holds up those alone who want what only it can tell.
///
/// Lives in the actor's state and is used by that actor only.
class model_lookup {
 public:
  model_lookup() = default;
  explicit model_lookup(model_source source) : source_{std::move(source)} {}

  /// Calls `use(opened_model_ptr)` or `fail(caf::error)`, before it returns or later.
  template <class Self, class Use, class Fail>
  void find(Self* self, const std::string& name, Use use, Fail fail) {
    if (const auto known = recall(name)) return use(known);
    self->request(source_.reader, defaults::manifest_patience, open_atom::value, name)
        .then(
            [=, this](const opened_model_ptr& found) mutable {
              keep(found);
              use(found);
            },
            [=](caf::error& e) mutable { fail(plain(e)); });
  }

 private:
  opened_model_ptr recall(const std::string& name);
  void keep(const opened_model_ptr& model);
  static caf::error plain(const caf::error& e);

  model_source source_;
  std::deque<opened_model_ptr> known_;  ///< the last used one last
};

}  // namespace bramble
