#pragma once

#include <cstddef>
#include <optional>

namespace bramble {

/// Bytes the kernel should hold unsent at most on a link of `mbit` Mbit/s, so that an urgent tensor
/// need not wait long for what is there already.
std::size_t unsent_bytes(double mbit);

/// Bytes of the next probe on a link of which so much is known, in Mbit/s.
std::size_t probe_bytes(std::optional<double> mbit);

}  // namespace bramble
