#include "discovery/work_directory.hpp"

#include <algorithm>
#include <utility>

namespace bramble {

std::vector<std::string> work_directory::watch(const membership& view, time_point now) {
  return names_.look(view, now);
}

bool work_directory::set_drained(bool drained) {
  return std::exchange(drained_, drained) != drained;
}

bool work_directory::reported(const std::string& name, bool drained) {
  return std::exchange(reports_[name], drained) != drained;
}

/// Claimed twice, or meaning another machine now than the one we are connected to.
std::set<std::string> work_directory::doubtful_names(const membership& view,
                                                     const peer_links& links,
                                                     time_point now) const {
  auto out = names_.contested(now);
  for (const auto& [name, link] : links.all()) {
    const auto known = view.members.find(name);
    if (known != view.members.end() && link.is_up && known->second.instance != link.instance)
      out.insert(name);
  }
  return out;
}

member_action::publish_directory work_directory::make(const membership& view,
                                                      const peer_links& links, time_point now) {
  doubtful_ = doubtful_names(view, links, now);
  member_action::publish_directory out;
  out.coordinator = coordinator(links);
  // Whose own name is claimed twice works alone, until it is known whose it is.
  const bool alone = doubtful_.count(self_) != 0;
  for (const auto& [name, link] : links.up()) {
    if (alone || doubtful_.count(name) != 0) continue;
    out.links.emplace(name, link);
    const auto report = reports_.find(name);
    if (report != reports_.end() && report->second) out.drained.insert(name);
  }
  if (drained_) out.drained.insert(self_);
  return out;
}

bool work_directory::is_outdated(const membership& view, const peer_links& links,
                                 time_point now) const {
  return doubtful_names(view, links, now) != doubtful_;
}

std::string work_directory::coordinator(const peer_links& links) const {
  const auto up = links.up();
  return up.empty() ? self_ : std::min(self_, up.begin()->first);
}

}  // namespace bramble
