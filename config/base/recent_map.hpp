#pragma once

#include <algorithm>
#include <cstddef>
#include <list>
#include <map>
#include <utility>

namespace bramble {

/// A map that holds at most so many entries: of too many, the one that was looked up or set
/// longest ago is forgotten. For what can be found out again. References hold until the next entry
/// is added. Not thread-safe.
template <class Key, class Value>
class recent_map {
 public:
  explicit recent_map(std::size_t most) : most_{std::max<std::size_t>(most, 1)} {}

  /// Null where there is none. It counts as a use.
  Value* find(const Key& key) {
    const auto found = places_.find(key);
    if (found == places_.end()) return nullptr;
    entries_.splice(entries_.end(), entries_, found->second);
    return &found->second->second;
  }

  /// The same without counting as a use.
  const Value* peek(const Key& key) const {
    const auto found = places_.find(key);
    return found == places_.end() ? nullptr : &found->second->second;
  }

  bool contains(const Key& key) const { return places_.count(key) != 0; }

  /// The entry of `key`; a new one where there is none.
  Value& operator[](const Key& key) {
    if (auto* known = find(key)) return *known;
    if (entries_.size() == most_) {
      places_.erase(entries_.front().first);
      entries_.pop_front();
    }
    entries_.emplace_back(key, Value{});
    places_.emplace(key, std::prev(entries_.end()));
    return entries_.back().second;
  }

  void erase(const Key& key) {
    const auto found = places_.find(key);
    if (found == places_.end()) return;
    entries_.erase(found->second);
    places_.erase(found);
  }

  void clear() {
    places_.clear();
    entries_.clear();
  }

  std::size_t size() const { return entries_.size(); }

  /// The entries, the least recently used first.
  auto begin() { return entries_.begin(); }
  auto end() { return entries_.end(); }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }

 private:
  using entry_list = std::list<std::pair<Key, Value>>;

  std::size_t most_;
  entry_list entries_;
  std::map<Key, typename entry_list::iterator> places_;
};

}  // namespace bramble
