// A disk that fills up: a small file system in memory, mounted for this process alone.
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cstdio>

#include "config/base/files.hpp"
#include "model/store/store_claim.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/small_models.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bramble;
using namespace bramble::test;

namespace {

/// Root may mount; others may where they get a user namespace of their own.
bool mount_small_disk(const std::string& folder) {
  const int spaces = CLONE_NEWNS | (::geteuid() == 0 ? 0 : CLONE_NEWUSER);
  return ::unshare(spaces) == 0 &&
         ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=256k") == 0;
}

}  // namespace

TEST_CASE("a full disk leaves the old state and is told in a sentence") {
  const temporary_folder folder;
  if (!mount_small_disk(folder.path())) {
    // Understood by tests/run-test and ctest as "skipped".
    std::fputs("test cases: 1 | 1 skipped: no file system can be mounted here\n", stdout);
    std::fflush(stdout);
    std::_Exit(4);
  }
  const model_store store{folder.path()};
  const auto m = stored_small(store, "small", 1, 2);
  const auto before = store.bytes();

  std::string complaint;
  {
    import_claim import{store};
    import.add({std::string(64, 'a')});
    complaint = complaint_of([&] { store.put_blob(weight_bytes(3, 100'000)); });
  }
  CHECK(is_sentence(complaint));
  CHECK(contains(complaint, "is full"));
  CHECK(contains(complaint, "bramble model rm"));
  CHECK(files_in(folder / "staging") == 0);
  CHECK(store.bytes() == before);
  CHECK(store.missing_blobs(m).empty());
  CHECK(store.list().at(0).complete);

  const auto file = folder / "options";
  write_file_atomically(file, as_bytes("old"));
  CHECK(contains(complaint_of([&] { write_file_atomically(file, weight_bytes(4, 100'000)); }),
                 "the disk is full"));
  CHECK(as_text(read_file(file)) == "old");

  store.put_blob(weight_bytes(5, 1000));
  store.remove("small");
  CHECK(store.list().empty());
  ::umount2(folder.path().c_str(), MNT_DETACH);
}
