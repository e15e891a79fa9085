#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <vector>

namespace bramble {

/// A set of small numbers that finds its least one quickly.
class ready_set {
 public:
  explicit ready_set(std::size_t size) : words_((size + 63) / 64) {}

  void insert(std::uint32_t i) { words_[i / 64] |= bit(i); }
  void erase(std::uint32_t i) { words_[i / 64] &= ~bit(i); }
  bool contains(std::uint32_t i) const {
    return i / 64 < words_.size() && (words_[i / 64] & bit(i)) != 0;
  }
  std::optional<std::uint32_t> first() const {
    for (std::size_t w = 0; w < words_.size(); ++w)
      if (words_[w] != 0)
        return static_cast<std::uint32_t>(w * 64) +
               static_cast<std::uint32_t>(std::countr_zero(words_[w]));
    return {};
  }

 private:
  static std::uint64_t bit(std::uint32_t i) { return std::uint64_t{1} << (i % 64); }

  std::vector<std::uint64_t> words_;
};

}  // namespace bramble
