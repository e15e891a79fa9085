#include "actors/internal/actors.hpp"

#include <algorithm>

namespace bramble {

bool same_members(const directory_ptr& a, const directory_ptr& b) {
  if (!a || !b) return a == b;
  return a->drained == b->drained &&
         std::equal(a->links.begin(), a->links.end(), b->links.begin(), b->links.end(),
                    [](const auto& x, const auto& y) { return x.first == y.first; });
}

}  // namespace bramble
