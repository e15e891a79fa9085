#include "model/answer/boxes.hpp"

#include <algorithm>
#include <tuple>

#include "config/defaults_answer.hpp"

namespace bramble {
namespace {

double area_of(const box& b) {
  return std::max(0.0, b.width()) * std::max(0.0, b.height());
}

/// Ties are broken by all that there is, so that nothing depends on the order of candidates.
bool comes_before(const detection& a, const detection& b) {
  const auto rest = [](const detection& d) {
    return std::tuple{d.index, d.where.left, d.where.top, d.where.right, d.where.bottom};
  };
  return a.score != b.score ? a.score > b.score : rest(a) < rest(b);
}

}  // namespace

double overlap(const box& a, const box& b) {
  const auto width = std::min(a.right, b.right) - std::max(a.left, b.left);
  const auto height = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
  if (width <= 0 || height <= 0) return 0;
  const auto common = width * height;
  const auto together = area_of(a) + area_of(b) - common;
  return together > 0 ? common / together : 0;
}

std::vector<detection> suppress(std::vector<detection> found, double most_overlap) {
  std::ranges::sort(found, comes_before);
  if (found.size() > defaults::boxes_compared) found.resize(defaults::boxes_compared);
  std::vector<detection> kept;
  for (const auto& each : found) {
    const bool covered = std::ranges::any_of(kept, [&](const detection& better) {
      return better.index == each.index && overlap(better.where, each.where) > most_overlap;
    });
    if (!covered) kept.push_back(each);
    if (kept.size() == defaults::boxes_told) break;
  }
  return kept;
}

}  // namespace bramble
