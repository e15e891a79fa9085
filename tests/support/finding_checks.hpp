#pragma once

#include "config/doctor/finding.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"

namespace bramble::test {

/// One of the findings is of this check and level, and says and advises that.
inline void expect(const std::vector<finding>& findings, const std::string& check,
                   finding::level_t level, const std::string& cause, const std::string& advice) {
  std::string all;
  for (const auto& each : findings) {
    all += each.check + ": " + each.says + " -> " + each.advice + "\n";
    if (each.check == check && each.level == level && contains(each.says, cause) &&
        contains(each.advice, advice)) {
      SUCCEED(cause);
      return;
    }
  }
  FAIL("nothing says \"" << cause << "\" of " << check << " in\n" << all);
}

}  // namespace bramble::test
