#include "actors/observing/core/full_windows.hpp"

#include "config/defaults.hpp"
#include "config/defaults_operating.hpp"
#include "config/format.hpp"

namespace bramble {

std::vector<std::string> full_windows::look(const std::map<std::string, std::uint64_t>& queued,
                                            time_point now) {
  constexpr auto full = static_cast<std::uint64_t>(
      static_cast<double>(defaults::tensor_window_bytes) * defaults::window_is_full);
  std::erase_if(since_, [&](const auto& each) {
    const auto still = queued.find(each.first);
    return still == queued.end() || still->second < full;
  });
  std::vector<std::string> out;
  for (const auto& [peer, bytes] : queued) {
    if (bytes < full) continue;
    const auto since = since_.try_emplace(peer, now).first->second;
    if (now - since < defaults::window_full_for) continue;
    out.push_back("the link to " + peer + " is full: " + format_bytes(bytes) +
                  " wait for it, for " +
                  format_duration(std::chrono::duration<double>(now - since).count()) + " already");
  }
  return out;
}

}  // namespace bramble
