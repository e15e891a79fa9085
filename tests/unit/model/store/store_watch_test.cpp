#include "model/store/store_watch.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

#include "tests/support/catch.hpp"
#include "tests/support/small_models.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bramble;
using namespace bramble::test;
namespace fs = std::filesystem;

namespace {

/// A watch whose looks can be waited for.
class watched {
 public:
  explicit watched(const model_store& store)
      : watch{store, [this](const store_listing_ptr&) {
                const std::lock_guard lock{mutex_};
                ++looks_;
                looked_.notify_all();
              }} {}

  /// Until a look found what `wanted` says. False when none does; that takes a while to be sure.
  template <class Condition>
  bool until(const Condition& wanted) {
    std::unique_lock lock{mutex_};
    return looked_.wait_for(lock, std::chrono::minutes{1}, [&] { return wanted(*watch.last()); });
  }
  bool until_found(const std::string& name) {
    return until([&](const store_listing& now) { return now.resolve(name).has_value(); });
  }
  /// Until a look was over and nothing changed since.
  bool until_current() {
    std::unique_lock lock{mutex_};
    return looked_.wait_for(lock, std::chrono::minutes{1},
                            [&] { return watch.current() != nullptr; });
  }
  bool until_looked(std::size_t times) {
    std::unique_lock lock{mutex_};
    return looked_.wait_for(lock, std::chrono::minutes{1}, [&] { return looks_ >= times; });
  }
  std::size_t looks() {
    const std::lock_guard lock{mutex_};
    return looks_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable looked_;
  std::size_t looks_ = 0;

 public:
  store_watch watch;  // last: it calls us
};

/// While it lives, this process can open one more file.
class one_descriptor_left {
 public:
  one_descriptor_left() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const int next = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ::close(next);
    const rlimit less{static_cast<rlim_t>(next) + 1, before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &less);
  }
  one_descriptor_left(const one_descriptor_left&) = delete;
  one_descriptor_left& operator=(const one_descriptor_left&) = delete;
  ~one_descriptor_left() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

struct watched_folder {
  temporary_folder folder;
  model_store store{folder / "models"};
};

}  // namespace

TEST_CASE("what is in a store is known after the first look") {
  watched_folder f;
  const auto m = stored_small(f.store, "first", 1, 2);
  watched w{f.store};
  REQUIRE(w.until_found("first"));
  REQUIRE(w.until_current());
  const auto now = w.watch.current();
  REQUIRE(now);
  CHECK(now->resolve("first") == identity(m));
  CHECK(now->resolve(identity(m).substr(0, 8)) == identity(m));
  CHECK(now->is_complete(identity(m)));
  CHECK(now->trouble.empty());
}

TEST_CASE("a change is never missed, whoever makes it") {
  watched_folder f;
  stored_small(f.store, "first", 1, 2);
  watched w{f.store};
  REQUIRE(w.until_found("first"));
  // Another object than the one that is watched, as another process has it.
  const model_store other{f.folder / "models"};
  for (std::uint8_t i = 0; i < 15; ++i) {
    const auto name = "model" + std::to_string(i);
    stored_small(other, name, i, 100);
    // No pause: the watch either has it by now, or says that it does not know.
    if (const auto now = w.watch.current()) CHECK(now->resolve(name).has_value());
  }
  CHECK(w.until_found("model14"));
  CHECK(w.until_current());
  other.set_name("first", {other.resolve("model7")});
  if (const auto now = w.watch.current()) CHECK(now->resolve("first") == now->resolve("model7"));
  CHECK(w.until([](const auto& now) { return now.resolve("first") == now.resolve("model7"); }));
  other.remove("model5");
  if (const auto now = w.watch.current()) CHECK_FALSE(now->resolve("model5"));
  CHECK(w.until([](const auto& now) { return !now.resolve("model5"); }));
}

TEST_CASE("a model whose weights are gone is not complete any more") {
  watched_folder f;
  const auto m = stored_small(f.store, "first", 1, 2);
  watched w{f.store};
  REQUIRE(w.until([&](const auto& now) { return now.is_complete(identity(m)); }));
  REQUIRE(w.until_current());
  fs::remove(f.store.blob_path(m.model.weights.front().sha256));
  if (const auto now = w.watch.current()) CHECK_FALSE(now->is_complete(identity(m)));
  CHECK(w.until([&](const auto& now) { return !now.is_complete(identity(m)); }));
  CHECK(w.watch.last()->resolve("first") == identity(m));
  CHECK(w.watch.last()->complete_models().empty());
}

TEST_CASE("a store that is not there yet is seen when it comes") {
  watched_folder f;
  watched w{f.store};
  REQUIRE(w.until_current());
  CHECK(w.watch.current()->models.empty());
  stored_small(f.store, "first", 1, 2);
  CHECK(w.until_found("first"));
  CHECK(w.until_current());
}

TEST_CASE("a store that is exchanged for another is looked at anew") {
  watched_folder f;
  stored_small(f.store, "old", 1, 2);
  const model_store next{f.folder / "next"};
  stored_small(next, "new", 3, 4);
  watched w{f.store};
  REQUIRE(w.until_found("old"));
  fs::rename(f.folder / "models", f.folder / "away");
  fs::rename(f.folder / "next", f.folder / "models");
  REQUIRE(w.until_found("new"));
  CHECK_FALSE(w.watch.last()->resolve("old"));
  // And what comes to it is heard of.
  REQUIRE(w.until_current());
  stored_small(f.store, "newer", 5, 6);
  CHECK(w.until_found("newer"));
}

TEST_CASE("a store that cannot be read keeps what was known, and says why") {
  watched_folder f;
  stored_small(f.store, "first", 1, 2);
  watched w{f.store};
  REQUIRE(w.until_found("first"));
  fs::rename(f.folder / "models" / "names", f.folder / "names");
  std::ofstream{f.folder / "models" / "names"} << "a file where there was a folder";
  REQUIRE(w.until([](const auto& now) { return !now.trouble.empty(); }));
  CHECK(w.watch.last()->trouble.find("names") != std::string::npos);
  CHECK(w.watch.last()->resolve("first").has_value());
  CHECK(w.watch.current() == nullptr);
  fs::remove(f.folder / "models" / "names");
  fs::rename(f.folder / "names", f.folder / "models" / "names");
  CHECK(w.until([](const auto& now) { return now.trouble.empty(); }));
  CHECK(w.until_current());
}

TEST_CASE("looking opens nothing that would be news again") {
  watched_folder f;
  stored_small(f.store, "first", 1, 2);
  watched w{f.store};
  REQUIRE(w.until_current());
  const auto before = w.looks();
  w.watch.look_again();
  REQUIRE(w.until_looked(before + 1));
  REQUIRE(w.until_current());
  CHECK(w.looks() == before + 1);
  // A model that is used, and put away.
  { const auto use = f.store.use(f.store.resolve("first")); }
  CHECK(w.watch.current() != nullptr);
}

TEST_CASE("the times of the folders tell of a change") {
  watched_folder f;
  const auto none = store_stamps::of(f.store.folder());
  CHECK(none == store_stamps::of(f.store.folder()));
  stored_small(f.store, "first", 1, 2);
  const auto one = store_stamps::of(f.store.folder());
  CHECK(one == store_stamps::of(f.store.folder()));
  CHECK_FALSE(one == none);
  // As something that is mounted over it: other folders at the same paths.
  fs::rename(f.folder / "models", f.folder / "away");
  stored_small(f.store, "first", 1, 2);
  CHECK_FALSE(store_stamps::of(f.store.folder()) == one);
}

TEST_CASE("where the kernel tells nothing, changes are seen all the same") {
  watched_folder f;
  std::optional<watched> w;
  {
    const one_descriptor_left limit;  // for the one that is needed
    w.emplace(f.store);
  }
  stored_small(f.store, "first", 1, 2);
  CHECK(w->until_found("first"));
  CHECK(w->watch.current() == nullptr);
}

TEST_CASE("listing a store ends when it is told to") {
  watched_folder f;
  stored_small(f.store, "first", 1, 2);
  std::stop_source stop;
  CHECK(f.store.list(stop.get_token()).size() == 1);
  stop.request_stop();
  CHECK(f.store.list(stop.get_token()).empty());
}

TEST_CASE("a listing answers only what a store would answer as well") {
  const std::string one(64, 'a');
  const auto two = std::string(8, 'a') + std::string(56, 'b');
  store_listing now;
  now.models = {{"damaged", "", 0, false, {}, false},
                {"half", two, 5, false, {}, false},
                {"whole", one, 9, true, {}, false, {"earlier"}},
                {"", std::string(64, 'c'), 9, true, {}, false}};
  CHECK_FALSE(now.resolve("damaged"));
  CHECK_FALSE(now.resolve("nobody"));
  CHECK_FALSE(now.resolve(""));
  CHECK(now.resolve("half") == two);
  CHECK(now.resolve("whole") == one);
  CHECK(now.resolve(one) == one);
  CHECK(now.resolve("cccccc") == std::string(64, 'c'));
  CHECK_FALSE(now.resolve("ccccc"));     // too few digits to mean anything
  CHECK_FALSE(now.resolve("aaaaaaaa"));  // either of two
  const std::vector<named_model> complete{{"whole", {one, {"earlier"}}},
                                          {"", {std::string(64, 'c')}}};
  CHECK(now.complete_models() == complete);
  CHECK(now.record_of("whole") == complete[0].record);
  CHECK(now.record_of("half")->identity == two);
  CHECK_FALSE(now.record_of("damaged"));
  CHECK_FALSE(now.record_of(""));
}
