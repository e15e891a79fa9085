#pragma once

#include <string>
#include <vector>

namespace bramble {

/// What a name means in one store, and which earlier decisions about that name it was made in the
/// knowledge of. Two stores can so tell "this one is newer" from "we never agreed", without clocks:
/// a decision is named by a hash of what it says and of what it knew, as in a version control
/// system.
struct name_record {
  std::string identity;
  /// Stamps of the decisions it replaces, newest first.
  std::vector<std::string> earlier = {};

  /// Equal for equal decisions, whoever made them.
  std::string stamp() const;
  /// Whether this was decided in the knowledge of `other`.
  bool replaces(const name_record& other) const;

  friend bool operator==(const name_record&, const name_record&) = default;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(identity, earlier);
  }
};

/// The decision that the name means `identity` from now on, instead of what all of `known` say.
name_record decide_name(const std::string& identity, const std::vector<name_record>& known);

/// As a store keeps it: a line for the identity and one for each earlier decision.
std::string format_name_record(const name_record& record);
/// Throws `user_error` for anything else; `where` names the file or the sender.
name_record parse_name_record(const std::string& text, const std::string& where);

/// Throws `user_error` for a record that nobody could have made, as `parse_name_record` does.
void validate(const name_record& record, const std::string& where);

}  // namespace bramble
