#pragma once

#include <functional>
#include <optional>
#include <string>

#include "model/store/store.hpp"

namespace bramble {

/// May the model `name`, whose identity is `there`, give up its name to another one?
using replace_question = std::function<bool(const std::string& name, const std::string& there)>;

/// A name that a model is about to be stored under. Nobody loses a working model unasked: another
/// one that has the name keeps it, unless the question is answered with yes. Used by one thread;
/// other processes may change the store meanwhile.
class name_use {
 public:
  name_use(const model_store& store, std::string name);

  /// To be called before anything is written. Throws `user_error` where another model than
  /// `identity` has the name and `may_replace` is empty or says no.
  void settle(const std::string& identity, const replace_question& may_replace);

  /// What is to be set as the name's record, by itself where it is that already. Throws
  /// `user_error` where the name came to mean yet another model since `settle`.
  name_record confirm() const;

  /// Identity of the model that loses the name; empty: none does.
  std::string replaced() const;
  /// The name meant this very model before.
  bool was_there() const { return there_ && there_->identity == identity_; }

 private:
  [[noreturn]] void refuse(const std::string& there) const;

  const model_store& store_;
  std::string name_;
  std::string identity_;
  std::optional<name_record> there_;
};

}  // namespace bramble
