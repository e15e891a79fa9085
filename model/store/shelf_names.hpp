#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/store/name_record.hpp"

namespace bramble {

/// A model that a node has whole, and what it calls it.
struct named_model {
  std::string name;  ///< empty: it has none there
  name_record record;

  friend bool operator==(const named_model&, const named_model&) = default;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(name, record);
  }
};

/// Whether a store could hold it: what a peer tells is looked at before it is believed.
bool is_sound(const named_model& model);

/// The same, with the node that tells of it.
struct held_model {
  std::string node;
  named_model model;

  friend bool operator==(const held_model&, const held_model&) = default;
};

/// What a name means on a shelf.
struct name_meaning {
  std::string identity;               ///< empty: nobody has the name, or it is contested
  std::vector<std::string> holders;   ///< nodes where it means that model
  std::vector<std::string> outdated;  ///< nodes where it still means one that was replaced
  std::string conflict;  ///< a sentence with what to type; empty: there is one meaning, or none
};

/// One name means one model: the one that is not replaced by any other, as the records of all who
/// have the name tell. Two that nobody chose between are a conflict. `held` may be of any names, in
/// any order.
name_meaning meaning_of(const std::string& name, const std::vector<held_model>& held);

/// The same for node `self`, where the name means `mine` or nothing. Nothing where no peer has the
/// name: then it is that node's own affair.
std::optional<name_meaning> meaning_among(const std::string& name, const std::string& self,
                                          const std::optional<name_record>& mine,
                                          const std::vector<held_model>& peers);

/// Of all names, in their order; "" is none.
std::vector<std::string> conflicts_of(const std::vector<held_model>& held);

/// Those of this name.
std::vector<held_model> of_name(const std::string& name, const std::vector<held_model>& held);

/// Those whose identity begins with these digits, where that is one model and the digits are
/// enough to look for (`defaults::identity_prefix_least`); else none.
std::vector<held_model> of_identity(const std::string& digits, const std::vector<held_model>& held);

/// Every name there is, sorted.
std::vector<std::string> names_of(const std::vector<held_model>& held);

}  // namespace bramble
