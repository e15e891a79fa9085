#pragma once

#include <functional>
#include <optional>
#include <string>

#include "model/graph/store.hpp"

namespace bramble {

/// May the model `name`, whose identity is `there`, give up its name to another one?
using replace_question = std::function<bool(const std::string& name, const std::string& there)>;

/// The model that has this name now. Nothing where the name is free, or damaged: that names no
/// model, and storing one under it is how it is mended.
std::optional<std::string> holder_of(const model_store& store, const std::string& name);

/// A name that a model is about to be stored under. Nobody loses a working model unasked: another
/// one that has the name keeps it, unless the question is answered with yes. Used by one thread;
/// other processes may change the store meanwhile.
class name_use {
 public:
  name_use(const model_store& store, std::string name);

  /// To be called before anything is written. Throws `user_error` where another model than
  /// `identity` has the name and `may_replace` is empty or says no.
  void settle(const std::string& identity, const replace_question& may_replace);

  /// To be called before the name is set. Throws `user_error` where it came to mean yet another
  /// model since `settle`.
  void confirm() const;

  /// Identity of the model that loses the name; empty: none does.
  std::string replaced() const;
  /// The name meant this very model before.
  bool was_there() const { return there_ == identity_; }

 private:
  [[noreturn]] void refuse(const std::string& there) const;

  const model_store& store_;
  std::string name_;
  std::string identity_;
  std::optional<std::string> there_;
};

}  // namespace bramble
