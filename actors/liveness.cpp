#include "actors/liveness.hpp"

#include "config/defaults.hpp"

namespace bramble {

void find_silent(caf::event_based_actor* self, const std::map<std::string, caf::actor>& links,
                 std::function<void(const std::set<std::string>& silent)> then) {
  if (links.empty()) return then({});
  struct round {
    std::size_t open = 0;
    std::set<std::string> silent;
    std::function<void(const std::set<std::string>&)> then;
  };
  const auto all = std::make_shared<round>();
  all->open = links.size();
  all->then = std::move(then);
  for (const auto& [name, link] : links) {
    // The link has a limit of its own; this one is for a link that ended.
    self->request(link, 2 * defaults::liveness_timeout, alive_atom::value)
        .then(
            [=](const hello&) {
              if (--all->open == 0) all->then(all->silent);
            },
            [=, who = name](caf::error&) {
              all->silent.insert(who);
              if (--all->open == 0) all->then(all->silent);
            });
  }
}

}  // namespace bramble
