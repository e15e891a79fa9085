#include "model/graph/name_use.hpp"

#include <utility>

namespace bramble {

std::optional<std::string> holder_of(const model_store& store, const std::string& name) {
  if (!store.has_name(name)) return std::nullopt;
  try {
    return store.resolve(name);
  } catch (const user_error&) {
    return std::nullopt;  // damaged: it names nothing that could be lost
  }
}

name_use::name_use(const model_store& store, std::string name)
    : store_{store}, name_{std::move(name)} {}

void name_use::settle(const std::string& identity, const replace_question& may_replace) {
  identity_ = identity;
  there_ = holder_of(store_, name_);
  if (!there_ || was_there()) return;
  if (!may_replace || !may_replace(name_, *there_)) refuse(*there_);
}

void name_use::confirm() const {
  const auto now = holder_of(store_, name_);
  if (now && now != there_ && *now != identity_) refuse(*now);
}

std::string name_use::replaced() const {
  return there_ && !was_there() ? *there_ : std::string{};
}

void name_use::refuse(const std::string& there) const {
  throw user_error("There is another model of the name " + name_ + " (" + short_identity(there) +
                   ") already, and it stays as it is; `--replace` gives the name to the new one, "
                   "`--name` gives the new one another name.");
}

}  // namespace bramble
