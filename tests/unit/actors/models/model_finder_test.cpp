#include "actors/models/model_finder.hpp"

#include "actors/models/model_lookup.hpp"
#include "actors/models/model_reader.hpp"
#include "config/base/files.hpp"
#include "config/defaults_store.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/known_store.hpp"
#include "tests/support/small_models.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bramble;
using namespace bramble::test;

namespace {

/// A node, pi1, whose model cache "fetches" from a second store, unless the holder is pi9, which is
/// gone.
struct finding_node : actor_fixture {
  temporary_folder folder;
  model_store store{folder / "here"};
  model_store theirs{folder / "there"};
  peer_models peers;
  known_store known{store};
  std::shared_ptr<std::vector<prepare_request>> fetched =
      std::make_shared<std::vector<prepare_request>>();
  model_finder_actor finder;

  finding_node() {
    const auto model_cache = fake<model_cache_actor>([this, log = fetched]() -> caf::behavior {
      return {[this, log](fetch_atom, const prepare_request& ask) -> caf::result<bool> {
        log->push_back(ask);
        if (ask.source == "pi9") return failure("There is no connection to it.");
        const auto m = theirs.load(ask.identity);
        for (const auto& weight : m.model.weights)
          store.put_blob(read_file(theirs.blob_path(weight.sha256)));
        store.put_manifest(m);
        return true;
      }};
    });
    finder = spawn(model_finder, model_finder_config{"pi1", spawn(model_reader, store), model_cache,
                                                     &known.watch, &peers});
  }

  std::string find(const std::string& name) {
    known.until_current();
    const auto got = ask<opened_model_ptr>(finder, open_atom::value, name);
    return got->reply ? (*got->reply)->identity : got->error;
  }
};

}  // namespace

TEST_CASE("a model that only another node has is fetched by its name, once") {
  finding_node n;
  const auto cats = identity(stored_small(n.theirs, "cats", 1, 2));
  n.peers.set({{"pi2", {"cats", {cats}}}});
  CHECK(n.find("cats") == cats);
  REQUIRE(n.fetched->size() == 1);
  CHECK(n.fetched->front().source == "pi2");
  CHECK(n.fetched->front().name == "cats");
  n.store.set_name("cats", {cats});
  CHECK(n.find("cats") == cats);
  CHECK(n.fetched->size() == 1);
}

TEST_CASE("one of its digits, too, and from the holder that answers") {
  finding_node n;
  const auto cats = identity(stored_small(n.theirs, "cats", 1, 2));
  n.peers.set({{"pi9", {"", {cats}}}, {"pi2", {"cats", {cats}}}});
  CHECK(n.find(cats.substr(0, 8)) == cats);
  CHECK(n.fetched->size() == 2);

  n.peers.set({{"pi9", {"dogs", {cats}}}});
  n.store.remove(cats);
  CHECK(n.find("dogs") == "There is no connection to it.");
}

TEST_CASE("a model that was replaced on the shelf is replaced here") {
  finding_node n;
  const auto old = identity(stored_small(n.store, "cats", 1, 2));
  const auto now = identity(stored_small(n.theirs, "cats", 3, 4));
  CHECK(n.find("cats") == old);
  n.peers.set({{"pi2", {"cats", decide_name(now, {{old}})}}});
  CHECK(n.find("cats") == now);
}

TEST_CASE("what replaced that of all others is not fetched from them") {
  finding_node n;
  const auto old = identity(stored_small(n.theirs, "cats", 3, 4));
  const auto mine = identity(stored_small(n.store, "cats", 1, 2));
  n.store.set_name("cats", decide_name(mine, {{old}}));
  n.peers.set({{"pi2", {"cats", {old}}}});
  CHECK(n.find("cats") == mine);
  CHECK(n.fetched->empty());
}

TEST_CASE("a contested name runs nothing and says how to settle it") {
  finding_node n;
  const auto mine = identity(stored_small(n.store, "cats", 1, 2));
  n.peers.set({{"pi2", {"cats", {std::string(64, 'e')}}}});
  const auto said = n.find("cats");
  CHECK(said.find("The name cats means 2 models on this shelf") == 0);
  CHECK(said.find("on pi1") != std::string::npos);
  CHECK(n.find(mine) == mine);  // which is meant by its identity is clear
  CHECK(n.fetched->empty());
}

TEST_CASE("a model whose weights are gone is fetched again where another node has them") {
  finding_node n;
  const auto m = stored_small(n.store, "cats", 1, 2);
  stored_small(n.theirs, "cats", 1, 2);
  n.peers.set({{"pi2", {"cats", {identity(m)}}}});
  std::filesystem::remove(n.store.blob_path(m.model.weights.front().sha256));
  CHECK(n.find("cats") == identity(m));
  CHECK(n.fetched->size() == 1);
  CHECK(n.store.missing_blobs(m).empty());
}

TEST_CASE("an unknown name is told with those that other nodes have") {
  finding_node n;
  n.peers.set({{"pi2", {"dogs", {std::string(64, 'e')}}}});
  const auto said = n.find("cats");
  CHECK(said.find("There is no model \"cats\"") == 0);
  CHECK(said.find("Other nodes have dogs.") != std::string::npos);
}

TEST_CASE("a lookup does not remember what the shelf has replaced") {
  finding_node n;
  const auto old = identity(stored_small(n.store, "cats", 1, 2));
  const auto now = identity(stored_small(n.theirs, "cats", 3, 4));
  struct asker_state {
    model_lookup models;
  };
  const model_source source{n.finder, &n.known.watch, &n.peers};
  const auto asker = n.spawn([&](caf::stateful_actor<asker_state>* self) -> caf::behavior {
    self->state.models = model_lookup{source};
    return {[=](open_atom) {
      auto promise = self->make_response_promise<std::string>();
      self->state.models.find(
          self, "cats", [=](const auto& found) mutable { promise.deliver(found->identity); },
          [=](const caf::error& e) mutable { promise.deliver(e); });
      return promise;
    }};
  });
  const auto find = [&] {
    n.known.until_current();
    const auto got = n.ask<std::string>(asker, open_atom::value);
    return got->reply.value_or(got->error);
  };
  CHECK(find() == old);
  n.peers.set({{"pi2", {"cats", decide_name(now, {{old}})}}});
  CHECK(find() == now);
  n.peers.set({{"pi2", {"cats", {std::string(64, 'e')}}}});
  CHECK(find().find("means 2 models") != std::string::npos);
}

TEST_CASE("a lookup gives up waiting when it is told to, and what it waited for goes on") {
  finding_node n;
  auto fetching = std::make_shared<std::vector<caf::response_promise>>();
  const auto slow =
      n.fake<model_cache_actor>([fetching](caf::event_based_actor* self) -> caf::behavior {
        return {[=](fetch_atom, const prepare_request&) -> caf::result<bool> {
          fetching->push_back(self->make_response_promise());
          return caf::delegated<bool>{};
        }};
      });
  const auto cats = identity(stored_small(n.theirs, "cats", 1, 2));
  n.peers.set({{"pi2", {"cats", {cats}}}});
  REQUIRE(n.known.until_current());
  const auto finder = n.spawn(
      model_finder,
      model_finder_config{"pi1", n.spawn(model_reader, n.store), slow, &n.known.watch, &n.peers});
  struct asker_state {
    model_lookup models;
  };
  const auto asker = n.spawn([=](caf::stateful_actor<asker_state>* self) -> caf::behavior {
    self->state.models = model_lookup{{finder, nullptr, nullptr}};
    return {[=](open_atom) {
      auto promise = self->make_response_promise<bool>();
      self->state.models.find(
          self, "cats", [=](const opened_model_ptr&) mutable { promise.deliver(true); },
          [=](const caf::error& e) mutable { promise.deliver(e != caf::sec::request_timeout); },
          caf::duration{std::chrono::seconds{1}});
      return promise;
    }};
  });
  const auto got = n.ask<bool>(asker, open_atom::value);
  CHECK_FALSE(got->answered());
  n.pass(std::chrono::seconds{1});
  REQUIRE(got->reply);
  CHECK_FALSE(*got->reply);
  CHECK(fetching->size() == 1);
}

TEST_CASE("a disk that does not answer is called that") {
  finding_node n;
  const auto silent = n.fake<model_reader_actor>([](caf::event_based_actor* self) -> caf::behavior {
    return {[=](open_atom, const std::string&) -> caf::result<opened_model_ptr> {
      self->make_response_promise();
      return caf::delegated<opened_model_ptr>{};
    }};
  });
  const auto finder =
      n.spawn(model_finder, model_finder_config{"pi1", silent, {}, &n.known.watch, &n.peers});
  REQUIRE(n.known.until_current());
  const auto got = n.ask<opened_model_ptr>(finder, open_atom::value, std::string{"small"});
  n.pass(defaults::manifest_patience);
  CHECK(got->error == "The disk with the models of this node did not answer in time.");
}
