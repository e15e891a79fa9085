#include "config/packages.hpp"

#include "config/base/files.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bramble;

TEST_CASE("packages are listed by architecture, with what a code needs to name them") {
  const temporary_folder folder;
  CHECK(kept_packages(folder / "none").empty());
  write_file_atomically(folder / "amd64_0.2.0.deb", as_bytes("abc"));
  write_file_atomically(folder / "arm64_0.2.0~1.deb", as_bytes(""));
  write_file_atomically(folder / "readme", as_bytes("x"));
  const auto all = kept_packages(folder.path());
  REQUIRE(all.size() == 2);
  CHECK(all[0].architecture == "amd64");
  CHECK(all[0].version == "0.2.0");
  CHECK(all[1].version == "0.2.0~1");
  CHECK(format_packages(all) ==
        "amd64 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad 3 0.2.0\n"
        "arm64 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 0 0.2.0~1\n");
}

TEST_CASE("what is no package of Bramble is not kept") {
  const temporary_folder folder;
  write_file_atomically(folder / "photo.deb", as_bytes("a photo"));
  CHECK(is_sentence(complaint_of([&] { keep_package(folder / "kept", folder / "photo.deb"); })));
  CHECK(is_sentence(complaint_of([&] { keep_package(folder / "kept", folder / "missing.deb"); })));
  CHECK(kept_packages(folder / "kept").empty());
}
