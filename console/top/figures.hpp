#pragma once

#include <optional>
#include <string>

#include "console/top/canvas.hpp"
#include "console/top/snapshot.hpp"

/// Figures that a snapshot has for whoever puts two of its reports together.
namespace bramble {

/// What a node reached with its pieces of the last request, and what it was measured at.
struct node_speed {
  double now = 0;  ///< GMAC/s; 0: it made none
  double of = 0;   ///< 0: not measured yet
  /// It took much longer than its plan counts on. Once there is a plan that knows better, it does
  /// not any more.
  bool is_slow = false;
};
node_speed speed_of(const node_status& node, const top_snapshot& now);
/// "4.1/6.0", with "-" for what is not known.
std::string text_of(const node_speed& speed);

/// Share of its time that a node is asked to compute: for each plan in use the requests a second
/// times what they take of it. None: no host has told its plans.
std::optional<double> load_of(const std::string& node, const top_snapshot& now);

/// Share of what a link can carry that is asked of it, by the last request's plan. None: not known.
std::optional<double> use_of(const link_report& link, const std::string& from,
                             const top_snapshot& now);

/// Green, yellow or red.
style look_of_share(double share);
style look_of_event(const std::string& kind);

}  // namespace bramble
