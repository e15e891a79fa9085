#pragma once

#include "model/import/convert.hpp"

namespace bramble {

/// Weights of equal content, whose names are filled in, become one: the images of a batch are
/// followed one by one, and what a norm was folded into is folded into it for each.
void share_equal_weights(converted_model& converted);

}  // namespace bramble
