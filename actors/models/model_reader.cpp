#include "actors/models/model_reader.hpp"

#include "model/store/store_files.hpp"

namespace bramble {
namespace {

opened_model_ptr open(model_reader_state& state, const model_store& store,
                      const std::string& name) {
  const auto identity = store.resolve(name);
  if (const auto kept = state.open[identity].lock()) return kept;
  std::erase_if(state.open, [](const auto& each) { return each.second.expired(); });
  const auto opened =
      std::make_shared<const opened_model>(opened_model{identity, store.load(identity)});
  state.open[identity] = opened;
  return opened;
}

}  // namespace

model_reader_actor::behavior_type model_reader(
    model_reader_actor::stateful_pointer<model_reader_state> self, const model_store& store) {
  return {
      [=](open_atom, const std::string& name) -> caf::result<opened_model_ptr> {
        try {
          return open(self->state, store, name);
        } catch (const std::exception& e) {
          return failure(e.what());
        }
      },
      [=](meaning_atom, const std::string& name) {
        return local_name{is_model_name(name) ? store.find_record(name) : std::nullopt};
      },
      [=](detail_atom) -> std::string {
        return std::to_string(self->state.open.size()) + " models read";
      },
  };
}

}  // namespace bramble
