#include <sys/wait.h>
#include <unistd.h>

#include <future>

#include "config/base/files.hpp"
#include "config/base/hash.hpp"
#include "model/store/arriving_blob.hpp"
#include "model/store/store_claim.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/small_models.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bramble;
using namespace bramble::test;
namespace fs = std::filesystem;

namespace {

/// Last used so many hours ago.
void age(const temporary_folder& folder, const manifest& m, int hours) {
  fs::last_write_time(folder / "uses" / identity(m),
                      fs::file_time_type::clock::now() - std::chrono::hours{hours});
}

std::vector<std::string> names_of(const model_store& store) {
  std::vector<std::string> names;
  for (const auto& m : store.list()) names.push_back(m.name);
  return names;
}

/// Runs `action` in a process of its own, which is killed without a chance to tidy up.
template <class Action>
void in_killed_process(Action action) {
  const auto child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    action();
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
}

using strings = std::vector<std::string>;

}  // namespace

TEST_CASE("the least recently used models make room") {
  const temporary_folder folder;
  const model_store unlimited{folder.path()};
  const auto oldest = stored_small(unlimited, "oldest", 1, 2);
  const auto newest = stored_small(unlimited, "newest", 3, 4);
  const auto middle = stored_small(unlimited, "middle", 5, 6);
  age(folder, oldest, 3);
  age(folder, middle, 2);
  age(folder, newest, 1);
  const auto have = unlimited.bytes();
  const model_store store{folder.path(), have + 10};

  CHECK(store.make_room(10).empty());
  CHECK(names_of(store) == strings{"middle", "newest", "oldest"});
  CHECK(store.make_room(11) == strings{"oldest"});
  CHECK(names_of(store) == strings{"middle", "newest"});
  CHECK_FALSE(store.has_blob(oldest.model.weights[0].sha256));
  CHECK(store.bytes() < have);
  CHECK(store.make_room(have - 1) == strings{"middle", "newest"});
  CHECK(store.bytes() == 0);
}

TEST_CASE("a model that would not fit anyway costs no other its place") {
  const temporary_folder folder;
  const model_store store{folder.path(), 5000};
  const auto used = stored_small(store, "used", 1, 2);
  stored_small(store, "idle", 3, 4);
  const auto use = store.use(identity(used));
  const auto complaint = complaint_of([&] { store.make_room(4990); });
  CHECK(is_sentence(complaint));
  CHECK(contains(complaint, "--max"));
  CHECK(names_of(store) == strings{"idle", "used"});
}

TEST_CASE("a model in use makes no room, and says so") {
  const temporary_folder folder;
  const model_store store{folder.path(), 1};
  const auto m = stored_small(store, "small", 1, 2);
  CHECK_FALSE(store.list().at(0).in_use);
  {
    const auto one = store.use(identity(m)), other = store.use(identity(m));
    CHECK(store.list().at(0).in_use);
    CHECK_FALSE(complaint_of([&] { store.make_room(0); }).empty());
  }
  CHECK_FALSE(store.list().at(0).in_use);
  CHECK(store.make_room(0) == strings{"small"});
}

TEST_CASE("a model of a process that was killed is not in use") {
  const temporary_folder folder;
  const model_store store{folder.path(), 1};
  const auto m = stored_small(store, "small", 1, 2);
  in_killed_process([&] {
    const auto use = store.use(identity(m));
    ::kill(::getpid(), SIGKILL);
  });
  CHECK(store.make_room(0) == strings{"small"});
}

TEST_CASE("using a model is its last use") {
  const temporary_folder folder;
  const model_store store{folder.path()};
  const auto m = stored_small(store, "small", 1, 2);
  age(folder, m, 48);
  const auto before = store.list().at(0).last_use;
  REQUIRE(before);
  CHECK(*before < std::chrono::system_clock::now() - std::chrono::hours{47});
  store.use(identity(m));
  CHECK(*store.list().at(0).last_use > *before + std::chrono::hours{47});
}

TEST_CASE("shared weights only make room with the last model that uses them") {
  const temporary_folder folder;
  const model_store unlimited{folder.path()};
  const auto first = stored_small(unlimited, "first", 1, 2);
  const auto second = stored_small(unlimited, "second", 1, 3);
  const auto use = unlimited.use(identity(second));
  const auto without_first = unlimited.bytes() - encode_manifest(first).size() - 8;
  CHECK(model_store{folder.path(), without_first}.make_room(0) == strings{"first"});
  CHECK(unlimited.bytes() == without_first);
  CHECK(unlimited.missing_blobs(second).empty());
}

TEST_CASE("removing a model leaves what a running import has claimed") {
  const temporary_folder folder;
  const model_store store{folder.path()};
  const auto m = stored_small(store, "small", 1, 2);
  const auto weight = m.model.weights[0].sha256;
  {
    import_claim import{store};
    import.add({weight});
    store.remove("small");
    CHECK(store.has_blob(weight));
    CHECK_FALSE(store.has_blob(m.model.weights[1].sha256));
    store.clear_up();
    CHECK(store.has_blob(weight));
  }
  CHECK_FALSE(store.has_blob(weight));
}

TEST_CASE("an import that came to its end keeps what it stored") {
  const temporary_folder folder;
  const model_store store{folder.path()};
  manifest m;
  {
    import_claim import{store};
    import.add({sha256_hex(weight_bytes(1, 4)), sha256_hex(weight_bytes(2, 2))});
    m = stored_small(store, "small", 1, 2);
  }
  CHECK(store.missing_blobs(m).empty());
  CHECK(files_in(folder / "claims") == 0);
}

TEST_CASE("two imports of the same weights do not take them from each other") {
  const temporary_folder folder;
  const model_store store{folder.path()};
  import_claim one{store};
  one.add({sha256_hex(weight_bytes(1, 4))});
  std::string blob;
  {
    import_claim failing{store};
    failing.add({sha256_hex(weight_bytes(1, 4))});
    blob = store.put_blob(weight_bytes(1, 4));
  }
  CHECK(store.has_blob(blob));
}

TEST_CASE("the next import clears up after one that was killed") {
  const temporary_folder folder;
  const model_store store{folder.path()};
  const auto m = stored_small(store, "small", 1, 2);
  const auto left = sha256_hex(weight_bytes(7, 100));
  in_killed_process([&] {
    import_claim import{store};
    import.add({left});
    store.put_blob(weight_bytes(7, 100));
    write_file_atomically(folder / "staging" / "1-1", weight_bytes(8, 10));
    ::kill(::getpid(), SIGKILL);
  });
  CHECK(store.has_blob(left));
  CHECK(files_in(folder / "claims") == 1);

  store.make_room(0);
  CHECK_FALSE(store.has_blob(left));
  CHECK(files_in(folder / "claims") == 0);
  CHECK(files_in(folder / "staging") == 0);
  CHECK(store.missing_blobs(m).empty());
}

TEST_CASE("a blob that comes in blocks is kept when it is whole, and cleared up by nobody before") {
  const temporary_folder folder;
  const model_store store{folder.path()};
  const auto content = weight_bytes(7, 250);
  const auto name = sha256_hex(content);
  const byte_span all{content};
  {
    arriving_blob blob{store, name};
    blob.add(all.first(600));
    store.clear_up();
    blob.add(all.subspan(600));
    CHECK(blob.size() == content.size());
    CHECK_FALSE(store.has_blob(name));
    blob.keep();
  }
  CHECK(read_file(store.blob_path(name)) == content);
  const auto other = sha256_hex(weight_bytes(8, 250));
  {
    arriving_blob blob{store, other};
    blob.add(all.first(999));
    CHECK(contains(complaint_of([&] { blob.keep(); }), "damaged"));
  }
  CHECK_FALSE(store.has_blob(other));
  CHECK(files_in(folder / "staging") == 0);
  // What a killed process left of one goes.
  in_killed_process([&] {
    arriving_blob blob{store, other};
    blob.add(all);
    ::kill(::getpid(), SIGKILL);
  });
  CHECK(files_in(folder / "staging") == 1);
  store.clear_up();
  CHECK(files_in(folder / "staging") == 0);
}

TEST_CASE("a fetch that failed can go on where it was") {
  const temporary_folder folder;
  const model_store store{folder.path()};
  const auto blob = sha256_hex(weight_bytes(1, 4));
  {
    import_claim fetch{store};
    fetch.keep_for_later();
    fetch.add({blob});
    store.put_blob(weight_bytes(1, 4));
  }
  import_claim again{store};
  again.add({blob});
  store.clear_up();
  CHECK(store.has_blob(blob));
}

TEST_CASE("models come and go in several threads at once") {
  const temporary_folder folder;
  const model_store store{folder.path(), 4000};
  std::vector<std::future<void>> workers;
  for (std::uint8_t i = 0; i < 4; ++i)
    workers.push_back(std::async(std::launch::async, [&store, i] {
      for (int round = 0; round < 15; ++round) {
        const auto name = "small" + std::to_string(i);
        import_claim import{store};
        import.add({sha256_hex(weight_bytes(1, 4)), sha256_hex(weight_bytes(i, 2))});
        store.make_room(24);
        const auto m = stored_small(store, name, 1, i);
        if (!store.missing_blobs(m).empty()) throw std::runtime_error("a claimed blob went");
        if (round % 3 == 0) complaint_of([&] { store.remove(name); });
      }
    }));
  for (auto& worker : workers) CHECK_NOTHROW(worker.get());
  for (const auto& m : store.list()) CHECK(m.complete);
}
