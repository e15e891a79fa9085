#include "actors/local_messages.hpp"

namespace bramble {

bool same_members(const directory_ptr& a, const directory_ptr& b) {
  if (!a || !b) return a == b;
  return a->drained == b->drained &&
         std::equal(a->links.begin(), a->links.end(), b->links.begin(), b->links.end(),
                    [](const auto& x, const auto& y) { return x.first == y.first; });
}

caf::error farewell_to_clients(const std::string& self, const leave_reply& left) {
  const auto sentence = self + " is stopping.";
  return left.other ? moved_to(*left.other, sentence) : failure(sentence);
}

}  // namespace bramble
