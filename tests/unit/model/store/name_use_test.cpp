#include "model/store/name_use.hpp"

#include "config/base/files.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/small_models.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bramble;
using namespace bramble::test;

namespace {

/// A store where "cats" is one model; `other` is one that is stored under another name.
struct two_models {
  temporary_folder folder;
  model_store store{folder / "models"};
  std::string cats = identity(stored_small(store, "cats", 1, 2));
  std::string other = identity(stored_small(store, "dogs", 3, 4));
};

replace_question answer(bool yes, int& asked) {
  return [yes, &asked](const std::string&, const std::string&) {
    ++asked;
    return yes;
  };
}

}  // namespace

TEST_CASE("a free name, and the name of this very model, are given without a question") {
  const two_models m;
  int asked = 0;
  name_use free{m.store, "birds"};
  free.settle(m.other, answer(false, asked));
  CHECK(free.confirm() == name_record{m.other});
  CHECK_FALSE(free.was_there());
  CHECK(free.replaced().empty());

  name_use same{m.store, "cats"};
  same.settle(m.cats, answer(false, asked));
  CHECK(same.confirm() == name_record{m.cats});
  CHECK(same.was_there());
  CHECK(same.replaced().empty());
  CHECK(asked == 0);
}

TEST_CASE("a name in use is kept unless its owner says otherwise") {
  const two_models m;
  int asked = 0;
  for (const auto& question : {replace_question{}, answer(false, asked)}) {
    name_use use{m.store, "cats"};
    const auto said = complaint_of([&] { use.settle(m.other, question); });
    CHECK(is_sentence(said));
    CHECK(contains(said, "cats (" + m.cats.substr(0, 12) + ")"));
    CHECK(contains(said, "`--replace`"));
  }
  CHECK(asked == 1);
  CHECK(m.store.resolve("cats") == m.cats);

  name_use use{m.store, "cats"};
  use.settle(m.other, answer(true, asked));
  CHECK(use.confirm() == decide_name(m.other, {{m.cats}}));
  CHECK(asked == 2);
  CHECK(use.replaced() == m.cats);
  CHECK_FALSE(use.was_there());
}

TEST_CASE("a model that took the name meanwhile is not replaced by the old answer") {
  const two_models m;
  int asked = 0;
  name_use use{m.store, "cats"};
  use.settle(m.other, answer(true, asked));
  const auto third = identity(stored_small(m.store, "cats", 5, 6));
  CHECK(contains(complaint_of([&] { use.confirm(); }), third.substr(0, 12)));
  m.store.set_name("cats", {m.other});  // by another process that stores the same
  CHECK(complaint_of([&] { use.confirm(); }).empty());
  m.store.remove("cats");
  CHECK(complaint_of([&] { use.confirm(); }).empty());
}

TEST_CASE("a damaged name is mended by storing a model under it") {
  const two_models m;
  write_file_atomically(m.folder / "models" / "names" / "cats", as_bytes("no identity"));
  int asked = 0;
  name_use use{m.store, "cats"};
  use.settle(m.other, answer(false, asked));
  CHECK(use.confirm() == name_record{m.other});
  CHECK(asked == 0);
}

TEST_CASE("storing a model again does not forget what it once replaced") {
  const two_models m;
  const auto record = decide_name(m.cats, {{m.other}});
  m.store.set_name("cats", record);
  name_use same{m.store, "cats"};
  same.settle(m.cats, {});
  CHECK(same.was_there());
  CHECK(same.confirm() == record);
}
