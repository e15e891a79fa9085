#include "model/store/name_use.hpp"

#include <utility>

namespace bramble {

name_use::name_use(const model_store& store, std::string name)
    : store_{store}, name_{std::move(name)} {}

void name_use::settle(const std::string& identity, const replace_question& may_replace) {
  identity_ = identity;
  there_ = store_.find_record(name_);
  if (!there_ || was_there()) return;
  if (!may_replace || !may_replace(name_, there_->identity)) refuse(there_->identity);
}

name_record name_use::confirm() const {
  const auto now = store_.find_record(name_);
  if (!now) return {identity_};
  if (now->identity == identity_) return *now;
  if (now != there_) refuse(now->identity);
  return decide_name(identity_, {*now});
}

std::string name_use::replaced() const {
  return there_ && !was_there() ? there_->identity : std::string{};
}

void name_use::refuse(const std::string& there) const {
  throw user_error("There is another model of the name " + name_ + " (" + short_identity(there) +
                   ") already, and it stays as it is; `--replace` gives the name to the new one, "
                   "`--name` gives the new one another name.");
}

}  // namespace bramble
