#pragma once

#include "model/graph/graph.hpp"

namespace bramble {

/// A small stack of typical convolutions without weights of its own: what a device is measured with
/// before it knows any model, so that `status` can show a speed from the start.
graph reference_network();

}  // namespace bramble
