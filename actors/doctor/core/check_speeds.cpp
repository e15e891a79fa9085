#include <algorithm>
#include <array>
#include <utility>

#include "actors/doctor/core/check_shelf.hpp"
#include "balancer/devices/device_file.hpp"
#include "config/defaults_doctor.hpp"
#include "config/format.hpp"
#include "config/system/hardware_health.hpp"

namespace bramble {
namespace {

/// Boards by how their names begin, and the description with published figures of the same kernels.
constexpr std::array<std::pair<const char*, const char*>, 3> described_boards{
    {{"Raspberry Pi 5", "pi5-pytorch"},
     {"Raspberry Pi 4", "pi4-pytorch"},
     {"Raspberry Pi 3 Model B Plus", "pi3b+"}}};

std::string gmacs_of(double rate) {
  return fixed(rate, 1) + " GMAC/s";
}

/// Computes as fast as it can, and said how fast that is.
bool is_measured(const node_status& node) {
  return node.state == "alive" && node.report.gmacs > 0 && node.report.pace_gmacs == 0 &&
         node.report.device.empty() && !node.report.board.empty();
}

bool is_same_kind(const node_report& a, const node_report& b) {
  return a.board == b.board && a.threads == b.threads;
}

/// What its board does by published figures; 0 where there are none.
double published_gmacs(const node_report& report) {
  for (const auto& [board, device] : described_boards)
    if (report.board.starts_with(board)) {
      const auto described = find_device(device);
      return described.dense.gmacs * std::min(1.0, double(report.threads) / described.cores);
    }
  return 0;
}

std::string cause_of(const node_report& report) {
  if (report.throttled)
    if (const auto now = describe_throttling(*report.throttled); !now.empty()) return ": " + now;
  if (report.temperature_c >= defaults::hot_c)
    return ": it is hot, " + fixed(report.temperature_c, 0) + " C";
  return {};
}

std::string advice_for_slow(const node_status& node) {
  return "bramble doctor --node " + node.address + " looks at that machine, bramble probe " +
         node.name + " measures it again";
}

}  // namespace

std::vector<finding> check_speeds(const cluster_status& status) {
  std::vector<finding> out;
  std::vector<std::string> well;
  for (const auto& node : status.nodes) {
    if (!is_measured(node)) continue;
    const auto& mine = node.report;
    const node_status* best = &node;
    for (const auto& other : status.nodes)
      if (is_measured(other) && is_same_kind(other.report, mine) &&
          other.report.gmacs > best->report.gmacs)
        best = &other;
    const auto published = published_gmacs(mine);
    const auto what = node.name + " does " + gmacs_of(mine.gmacs) + ", and ";
    if (mine.gmacs < defaults::speed_of_kind * best->report.gmacs)
      out.push_back(is_warning("speed",
                               what + best->name + ", which is a " + mine.board + " too, " +
                                   gmacs_of(best->report.gmacs) + cause_of(mine),
                               advice_for_slow(node)));
    else if (mine.gmacs < defaults::speed_of_board * published)
      out.push_back(is_warning("speed",
                               what + "a " + mine.board + " about " + gmacs_of(published) +
                                   " by published figures" + cause_of(mine),
                               advice_for_slow(node)));
    else
      well.push_back(node.name + " " + gmacs_of(mine.gmacs));
  }
  if (!well.empty()) out.push_back(is_ok("speed", joined(well)));
  return out;
}

}  // namespace bramble
