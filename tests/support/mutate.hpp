#pragma once

#include <rapidcheck.h>

#include <algorithm>
#include <cstdint>
#include <vector>

/// Damage as files and messages suffer it: bytes changed, cut out, doubled, cut off.
inline rc::Gen<std::vector<std::uint8_t>> damaged(std::vector<std::uint8_t> whole) {
  return rc::gen::exec([whole = std::move(whole)] {
    auto bytes = whole;
    const auto place = [&] {
      return bytes.empty() ? std::size_t{0} : *rc::gen::inRange<std::size_t>(0, bytes.size());
    };
    const int strokes = *rc::gen::inRange(1, 8);
    for (int i = 0; i < strokes && !bytes.empty(); ++i) {
      const auto at = bytes.begin() + static_cast<std::ptrdiff_t>(place());
      const auto length = *rc::gen::inRange<std::ptrdiff_t>(1, 20);
      const auto end = at + std::min(length, bytes.end() - at);
      switch (*rc::gen::inRange(0, 12)) {
        case 0:
          bytes.erase(at, bytes.end());
          break;
        case 1:
          bytes.erase(at, end);
          break;
        case 2: {
          const std::vector<std::uint8_t> copy{at, end};
          bytes.insert(at, copy.begin(), copy.end());
          break;
        }
        case 3:
          *at = static_cast<std::uint8_t>(*at ^ 1U << *rc::gen::inRange(0, 8));
          break;
        // Most of the interesting fields stand in front.
        case 4:
        case 5:
        case 6:
          bytes[place() % std::min<std::size_t>(bytes.size(), 160)] =
              *rc::gen::arbitrary<std::uint8_t>();
          break;
        default:
          *at = *rc::gen::arbitrary<std::uint8_t>();
          break;
      }
    }
    return bytes;
  });
}
