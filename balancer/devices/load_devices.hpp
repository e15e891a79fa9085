#pragma once

#include "balancer/shelf/shelf.hpp"

namespace bramble {

/// Gives the nodes that name a device its times for `g`, what messages cost it and, where none
/// was given, its network card. Throws
/// `user_error` for one that is not there or cannot be read.
void load_devices(shelf& s, const graph& g);

}  // namespace bramble
