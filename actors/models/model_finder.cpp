#include "actors/models/model_finder.hpp"

#include "config/defaults_store.hpp"
#include "config/format.hpp"

namespace bramble {
namespace {

using model_finder_pointer = model_finder_actor::stateful_pointer<model_finder_state>;
using found_promise = caf::typed_response_promise<opened_model_ptr>;

/// A model that is elsewhere, and who has it.
struct wanted_model {
  std::string identity;
  std::string name;
  std::vector<std::string> holders;
};

/// A timeout without a name would be taken for that of a node.
caf::error plain(const caf::error& e) {
  if (e != caf::sec::request_timeout) return e;
  return failure("The disk with the models of this node did not answer in time.");
}

template <class Use, class Fail>
void open(model_finder_pointer self, const std::string& name, Use use, Fail fail) {
  self->request(self->state.config.reader, defaults::manifest_patience, open_atom::value, name)
      .then(std::move(use), [fail = std::move(fail)](caf::error& e) mutable { fail(plain(e)); });
}

void deliver(model_finder_pointer self, const std::string& name, found_promise promise) {
  open(
      self, name, [=](const opened_model_ptr& found) mutable { promise.deliver(found); },
      [=](const caf::error& e) mutable { promise.deliver(e); });
}

/// From the first of the holders that can give it.
void fetch(model_finder_pointer self, const wanted_model& what, std::size_t next,
           const std::string& why, found_promise promise) {
  if (next == what.holders.size()) {
    promise.deliver(failure(why));
    return;
  }
  ++self->state.fetching;
  // No time limit: the model cache gives up what does not move.
  self->request(self->state.config.model_cache, caf::infinite, fetch_atom::value,
                prepare_request{what.identity, what.name, what.holders[next]})
      .then(
          [=](bool) {
            --self->state.fetching;
            deliver(self, what.identity, promise);
          },
          [=](const caf::error& e) {
            --self->state.fetching;
            fetch(self, what, next + 1, sentence_of(e), promise);
          });
}

/// Of those that others have and this node has not asked for under any name.
wanted_model wanted(const std::string& name, const std::vector<held_model>& held) {
  wanted_model out{held.front().model.record.identity, name, {}};
  for (const auto& each : held) out.holders.push_back(each.node);
  return out;
}

std::string others_to_try(const std::vector<held_model>& held) {
  const auto text = joined(names_of(held));
  return text.empty() ? "" : " Other nodes have " + text + ".";
}

/// No other node knows the name: it is this node's own, or digits of an identity.
void find_here(model_finder_pointer self, const std::string& name, found_promise promise) {
  open(
      self, name, [=](const opened_model_ptr& found) mutable { promise.deliver(found); },
      [=](const caf::error& e) mutable {
        const auto peers = self->state.config.peers->last();
        if (const auto held = of_identity(name, *peers); !held.empty())
          return fetch(self, wanted(name, held), 0, {}, promise);
        promise.deliver(failure(sentence_of(e) + others_to_try(*peers)));
      });
}

/// `mine` is what the name means in this node's store.
void find_on_shelf(model_finder_pointer self, const std::string& name,
                   const std::optional<name_record>& mine, found_promise promise) {
  const auto& config = self->state.config;
  auto meaning = meaning_among(name, config.self, mine, *config.peers->last());
  if (!meaning) return find_here(self, name, promise);
  if (!meaning->conflict.empty()) {
    promise.deliver(failure(meaning->conflict));
    return;
  }
  const bool here = mine && mine->identity == meaning->identity &&
                    config.watch->last()->is_complete(meaning->identity);
  std::erase(meaning->holders, config.self);
  if (here || meaning->holders.empty()) return deliver(self, meaning->identity, promise);
  fetch(self, {meaning->identity, name, meaning->holders}, 0, {}, promise);
}

void find(model_finder_pointer self, const std::string& name, found_promise promise) {
  if (const auto listing = self->state.config.watch->current())
    return find_on_shelf(self, name, listing->record_of(name), promise);
  self->request(self->state.config.reader, defaults::manifest_patience, meaning_atom::value, name)
      .then([=](const local_name& mine) { find_on_shelf(self, name, mine.record, promise); },
            [=](const caf::error& e) mutable { promise.deliver(plain(e)); });
}

}  // namespace

model_finder_actor::behavior_type model_finder(model_finder_pointer self,
                                               model_finder_config config) {
  self->state.config = std::move(config);
  return {
      [=](open_atom, const std::string& name) {
        auto promise = self->make_response_promise<opened_model_ptr>();
        find(self, name, promise);
        return promise;
      },
      [=](detail_atom) -> std::string {
        const auto& state = self->state;
        return std::to_string(names_of(*state.config.peers->last()).size()) +
               " names on other nodes, " + std::to_string(state.fetching) + " being fetched";
      },
  };
}

}  // namespace bramble
