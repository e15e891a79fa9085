#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace bramble {

/// By which method plans of one model are made, as somebody said by hand.
struct method_pin {
  std::string model;         ///< its name
  std::string method;        ///< empty: it was taken back
  std::uint64_t number = 0;  ///< of the changes for this model: a later one wins

  friend bool operator==(const method_pin&, const method_pin&) = default;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(model, method, number);
  }
};

/// The methods there are, for people who name one.
const std::vector<std::string>& plan_methods();

/// What a node knows of such pins; nodes tell each other all they know, and end with the same in
/// whatever order they hear it. One that was taken back is remembered, or others would tell of it
/// again. At most defaults::method_pins_most models. Not thread-safe.
class method_pins {
 public:
  /// By hand; an empty method takes it back. Answers whether anything is different now. Throws
  /// `user_error` for a method that is none, and where there are too many.
  bool set(const std::string& model, const std::string& method);

  /// What another node knows; answers those that are different now. What no node tells is passed
  /// over.
  std::vector<method_pin> merge(const std::vector<method_pin>& theirs);

  /// Of this model; empty: it is not pinned.
  std::string method_of(const std::string& model) const;
  /// All that is known, what was taken back as well; by model.
  std::vector<method_pin> all() const;
  /// Those in force.
  std::vector<method_pin> in_force() const;

 private:
  std::map<std::string, method_pin> pins_;  ///< by model
};

/// "plans of inception_v4 are made by seed alone, by hand; `pin inception_v4 none` takes that
/// back".
std::string describe(const method_pin& pin);

}  // namespace bramble
