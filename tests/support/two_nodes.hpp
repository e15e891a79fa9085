#pragma once

#include <filesystem>

#include "config/keys.hpp"
#include "tests/support/temporary_folder.hpp"

namespace bramble::test {

/// A cluster of the first node "a" and of "b", in two folders.
struct two_nodes {
  two_nodes() {
    init_keys(a, "shelf", "a");
    install_keys(b, issue_keys(a, "b"));
  }

  temporary_folder folder;
  std::filesystem::path a = folder / "a" / "keys";
  std::filesystem::path b = folder / "b" / "keys";
};

}  // namespace bramble::test
