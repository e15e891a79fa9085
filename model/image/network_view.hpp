#pragma once

#include "model/graph/meaning.hpp"

namespace bramble {

/// What a network is shown of a photo.
struct network_view {
  int height = 0, width = 0;
  photo_fit fit = photo_fit::crop;
  bool grey = false;  ///< before it is resized, as those do who train on grey pictures
};

}  // namespace bramble
