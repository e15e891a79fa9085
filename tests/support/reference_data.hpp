#pragma once

#include <cstdlib>
#include <filesystem>

namespace bramble::test {

/// Models and photos with published answers, which do not come with the repository: beside it, or
/// where BRAMBLE_REFERENCE_DATA says. Tests that need them have the tag [reference]; ctest runs
/// those by themselves, so that it can show them as skipped where there are none.
inline std::filesystem::path reference_data() {
  const auto* given = std::getenv("BRAMBLE_REFERENCE_DATA");
  return given != nullptr ? std::filesystem::path{given}
                          : std::filesystem::path{".."} / "shared" / "models";
}

}  // namespace bramble::test
