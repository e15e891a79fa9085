#include "actors/transport/data_plane/contention.hpp"

#include <algorithm>

#include "config/defaults.hpp"

namespace bramble::transport {

rate_contention contention_between(const flows& before, const flows& after, const connection* own,
                                   std::uint64_t own_bytes) {
  rate_contention contention;
  if (own_bytes == 0) return contention;
  for (const auto& now : after) {
    if (now.first == own) continue;
    const auto then = std::find_if(before.begin(), before.end(),
                                   [&](const auto& each) { return each.first == now.first; });
    if (then == before.end() || now.second <= then->second) continue;
    const auto share =
        static_cast<double>(now.second - then->second) / static_cast<double>(own_bytes);
    contention.share += share;
    if (share >= defaults::rate_shared_least) ++contention.others;
  }
  return contention;
}

}  // namespace bramble::transport
