#include "discovery/cut_pairs.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace bramble {

std::set<std::string> ends_to_avoid(std::set<cut_pair> cut) {
  std::set<std::string> out;
  while (!cut.empty()) {
    std::map<std::string, std::size_t> counts;
    for (const auto& [one, other] : cut) {
      ++counts[one];
      ++counts[other];
    }
    const auto worst =
        std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) {
          return std::tie(a.second, a.first) < std::tie(b.second, b.first);
        });
    const auto name = worst->first;
    out.insert(name);
    std::erase_if(cut, [&](const auto& pair) { return pair.first == name || pair.second == name; });
  }
  return out;
}

std::set<std::string> ends_of(const std::set<cut_pair>& cut) {
  std::set<std::string> out;
  for (const auto& [one, other] : cut) {
    out.insert(one);
    out.insert(other);
  }
  return out;
}

}  // namespace bramble
