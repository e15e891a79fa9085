#include "actors/models/model_lookup.hpp"

#include "actors/models/model_reader.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/known_store.hpp"
#include "tests/support/small_models.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bramble;
using namespace bramble::test;

namespace {

struct asker_state {
  static inline const char* name = "asker";
  model_lookup models;
};

/// (open_atom, name) -> identity, by a lookup of its own.
caf::behavior asker(caf::stateful_actor<asker_state>* self, const model_source& source) {
  self->state.models = model_lookup{source};
  return {[=](open_atom, const std::string& name) {
    auto promise = self->make_response_promise<std::string>();
    self->state.models.find(
        self, name,
        [=](const opened_model_ptr& found) mutable { promise.deliver(found->identity); },
        [=](const caf::error& e) mutable { promise.deliver(e); });
    return promise;
  }};
}

/// A store with a reader that counts what it is asked.
struct read_store : actor_fixture {
  temporary_folder folder;
  model_store store{folder / "models"};
  std::shared_ptr<std::size_t> reads = std::make_shared<std::size_t>(0);
  model_finder_actor reader;

  read_store() {
    stored_small(store, "small", 1, 2);
    reader = fake<model_finder_actor>([inner = spawn(model_reader, store), count = reads](
                                          caf::event_based_actor* self) -> caf::behavior {
      return {[=](open_atom atom, const std::string& name) {
        ++*count;
        return self->delegate(inner, atom, name);
      }};
    });
  }

  std::string find(const caf::actor& whom, const std::string& name) {
    const auto got = ask<std::string>(whom, open_atom::value, name);
    return got->reply.value_or(got->error);
  }
};

}  // namespace

TEST_CASE("without a watch the reader is asked each time") {
  read_store s;
  const auto whom = s.spawn(asker, model_source{s.reader, nullptr});
  CHECK(s.find(whom, "small") == s.store.resolve("small"));
  CHECK(s.find(whom, "small") == s.store.resolve("small"));
  CHECK(*s.reads == 2);
}

TEST_CASE("a model that was read is found again without the disk, until the store changes") {
  read_store s;
  known_store known{s.store};
  const auto whom = s.spawn(asker, model_source{s.reader, &known.watch});
  CHECK(s.find(whom, "small") == s.store.resolve("small"));
  REQUIRE(known.until_current());
  CHECK(s.find(whom, "small") == s.store.resolve("small"));
  CHECK(s.find(whom, s.store.resolve("small")) == s.store.resolve("small"));
  CHECK(*s.reads == 1);

  // The name means another model from now on; whether the watch has looked yet or not.
  const auto old = s.store.resolve("small");
  stored_small(s.store, "small", 3, 4);
  CHECK(s.find(whom, "small") == s.store.resolve("small"));
  CHECK(s.find(whom, "small") != old);
  s.store.remove("small");
  CHECK(s.find(whom, "small").find("There is no model \"small\"") != std::string::npos);
}

TEST_CASE("what is wrong with a model is told by who reads it") {
  read_store s;
  const auto whom = s.spawn(asker, model_source{s.reader, nullptr});
  CHECK(s.find(whom, "nobody").find("There is no model \"nobody\"") != std::string::npos);
}

TEST_CASE("models that were read by several are in memory once") {
  read_store s;
  const auto inner = s.spawn(model_reader, s.store);
  const auto one = s.ask<opened_model_ptr>(inner, open_atom::value, std::string{"small"});
  const auto two = s.ask<opened_model_ptr>(inner, open_atom::value, std::string{"small"});
  REQUIRE(one->reply);
  REQUIRE(two->reply);
  CHECK(one->reply->get() == two->reply->get());
}
