#pragma once

#include "actors/membership/cluster.hpp"

namespace bramble {

/// Tells of members that came, failed or left since it was called last. Cheap: after each event.
void note_news_of_members(cluster_state& state);

/// Tells of this node's links that became much faster or slower or are full, and of actors that are
/// stuck or cannot keep up; keeps the latter for the report. Now and then.
void note_news_of_self(cluster_pointer self);

/// Which of `now` are not in `before`, and the reverse; by what they are of, the text in front of
/// the colon, since figures behind it change.
std::vector<std::string> new_warnings(const std::vector<std::string>& before,
                                      const std::vector<std::string>& now);

}  // namespace bramble
