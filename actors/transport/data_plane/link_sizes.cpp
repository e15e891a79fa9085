#include "actors/transport/data_plane/link_sizes.hpp"

#include <algorithm>
#include <chrono>

#include "config/defaults.hpp"

namespace bramble {
namespace {

std::size_t bytes_in(std::chrono::duration<double> time, double mbit, std::size_t least,
                     std::size_t most) {
  const double bytes = mbit * 1e6 / 8 * time.count();
  return static_cast<std::size_t>(
      std::clamp(bytes, static_cast<double>(least), static_cast<double>(most)));
}

}  // namespace

std::size_t unsent_bytes(double mbit) {
  return bytes_in(defaults::unsent_low_water, mbit, defaults::unsent_bytes_least,
                  defaults::unsent_bytes_most);
}

std::size_t probe_bytes(std::optional<double> mbit) {
  return bytes_in(defaults::probe_time, mbit.value_or(0), defaults::probe_bytes_least,
                  defaults::probe_bytes_most);
}

}  // namespace bramble
