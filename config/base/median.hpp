#pragma once

#include <algorithm>

namespace bramble {

/// Of an even number the upper of the two in the middle; 0 of none. `Values` has random access.
template <class Values>
double median(Values values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace bramble
