#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "actors/transport/data_plane/rate_filter.hpp"

namespace bramble::transport {

class connection;

/// Bytes so far, in one direction, of each connection that is up.
using flows = std::vector<std::pair<const connection*, std::uint64_t>>;

/// Who else used this machine's network card while `own` sent or received `own_bytes`. Connections
/// that came or went meanwhile do not count.
rate_contention contention_between(const flows& before, const flows& after, const connection* own,
                                   std::uint64_t own_bytes);

}  // namespace bramble::transport
