#pragma once

#include "model/import/builder.hpp"

namespace bramble {

/// Channels that become pixels (pixel_shuffle, depth to space) or pixels that become channels
/// (pixel_unshuffle, space to depth), however a model writes it: of a map the one of this shape,
/// whose axes are `how`. Made of channels chosen, rows and columns taken and channels joined, all
/// of which copy and can be divided, so that every value keeps its bits, -0, infinities and NaN
/// too. Empty, and nothing made, where pixels and channels do not change places or in more parts
/// than `defaults::import_shuffle_most`, or where rows become columns.
std::optional<value_id> shuffled(graph_builder& builder, value_id map, const arrangement& how,
                                 const std::vector<std::int64_t>& shape);

}  // namespace bramble
