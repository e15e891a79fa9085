#include "actors/requester.hpp"

#include "actors/coordinator.hpp"
#include "config/defaults.hpp"
#include "tests/actor_fixture.hpp"
#include "tests/nothing_model.hpp"
#include "tests/temporary_folder.hpp"

using namespace bramble;
using namespace std::chrono_literals;

namespace {

/// A host whose executor and coordinator do what the test says.
struct host : actor_fixture {
  temporary_folder folder;
  model_store store{folder.path() / "models"};
  std::shared_ptr<std::vector<plan_query>> queries = std::make_shared<std::vector<plan_query>>();
  std::shared_ptr<std::vector<run_order>> runs = std::make_shared<std::vector<run_order>>();
  std::shared_ptr<std::vector<std::uint64_t>> aborts =
      std::make_shared<std::vector<std::uint64_t>>();
  std::shared_ptr<std::vector<caf::response_promise>> promises =
      std::make_shared<std::vector<caf::response_promise>>();
  std::shared_ptr<bool> pi2_answers = std::make_shared<bool>(true);
  /// pi2 and pi3 reach each other.
  std::shared_ptr<bool> helpers_linked = std::make_shared<bool>(true);
  std::shared_ptr<std::vector<std::string>> members =
      std::make_shared<std::vector<std::string>>(std::vector<std::string>{"pi1", "pi2"});
  caf::actor executor;
  caf::actor requests;

  /// The link to pi2 gives a sign of life, or is silent.
  void connect_pi2() {
    const auto answers = pi2_answers;
    auto link = spawn([answers](caf::event_based_actor* self) -> caf::behavior {
      return {[=](alive_atom) -> caf::result<hello> {
                if (*answers) return hello{};
                self->make_response_promise();
                return caf::delegated<hello>{};
              },
              [](abort_atom, std::uint64_t) {}};
    });
    caf::anon_send(
        requests,
        directory_ptr{std::make_shared<directory>(directory{"pi1", "pi1", {{"pi2", link}}, {}})});
    run();
  }

  /// Links to both give signs of life; whether those do to each other is `helpers_linked`.
  void connect_both() {
    *members = {"pi1", "pi2", "pi3"};
    const auto linked = helpers_linked;
    std::map<std::string, caf::actor> links;
    for (const auto* name : {"pi2", "pi3"})
      links.emplace(name, spawn([linked](caf::event_based_actor*) -> caf::behavior {
                      return {[](alive_atom) { return hello{}; },
                              [=](reach_atom, const node_names& whom) {
                                return *linked ? node_names{} : whom;
                              },
                              [](abort_atom, std::uint64_t) {}};
                    }));
    caf::anon_send(requests,
                   directory_ptr{std::make_shared<directory>(directory{"pi1", "pi1", links, {}})});
    run();
  }

  host() {
    store.set_name("nothing", store.put_manifest(nothing_model()));
    auto asked = queries;
    auto all = members;
    auto coordinator = spawn([asked, all](caf::event_based_actor*) -> caf::behavior {
      return {[asked, all](plan_atom, const plan_query& query) {
        asked->push_back(query);
        plan p;
        p.identity = query.identity;
        p.method = query.method;
        p.epoch = asked->size();
        p.nodes = *all;
        for (const auto& name : p.nodes)
          p.verdicts.push_back({std::find(query.suspects.begin(), query.suspects.end(), name) ==
                                    query.suspects.end(),
                                "", 0, 0});
        p.predicted_ms = 100;
        return p;
      }};
    });
    auto run_log = runs;
    auto abort_log = aborts;
    auto open = promises;
    executor = spawn([=](caf::event_based_actor* self) -> caf::behavior {
      return {[=](run_atom, const run_order& order) -> caf::result<run_result> {
                run_log->push_back(order);
                open->push_back(self->make_response_promise());
                return caf::delegated<run_result>{};
              },
              // Promises are kept only from within their actor.
              [=](report_atom, std::uint64_t which, const run_result& result) {
                open->at(which).deliver(result);
              },
              [=](report_atom, std::uint64_t which, const std::string& sentence,
                  const std::string& suspect) {
                open->at(which).deliver(broken_run(sentence, suspect));
              },
              [=](abort_atom, std::uint64_t request) { abort_log->push_back(request); }};
    });
    requests = spawn(requester, requester_config{"pi1", store, executor, coordinator, 1});
    caf::anon_send(requests,
                   directory_ptr{std::make_shared<directory>(directory{"pi1", "pi1", {}, {}})});
    run();
  }

  static infer_request photo() {
    infer_request out;
    out.model = "nothing";
    out.inputs.push_back({{1, 1, 2, 2}, element_type::f32, byte_vector(16)});
    return out;
  }
  /// The executor ends run number `which` (0 is the first) with this byte, or fails it.
  void finish(std::size_t which, std::uint8_t byte) {
    caf::anon_send(executor, report_atom::value, std::uint64_t{which},
                   run_result{{{{1}, element_type::u8, {byte}}}, 90});
    run();
  }
  void fail(std::size_t which, const std::string& sentence, const std::string& suspect = "") {
    caf::anon_send(executor, report_atom::value, std::uint64_t{which}, sentence, suspect);
    run();
  }
  void answer() { finish(promises->size() - 1, 42); }
};

}  // namespace

TEST_CASE("a request is planned once, run, and answered; the next one keeps the plan") {
  host h;
  for (int i = 0; i < 2; ++i) {
    const auto reply = h.ask<infer_reply>(h.requests, infer_atom_v, host::photo());
    CHECK_FALSE(reply->answered());
    h.answer();
    REQUIRE(reply->reply.has_value());
    CHECK(reply->reply->attempts == 1);
    CHECK(reply->reply->outputs.at(0).bytes == byte_vector{42});
    CHECK(reply->reply->nodes == std::vector<std::string>{"pi1", "pi2"});
  }
  CHECK(h.queries->size() == 1);
  CHECK(h.runs->at(0).id != h.runs->at(1).id);
}

TEST_CASE("a node that fails under a request: aborted, planned without it, answered once") {
  host h;
  const auto reply = h.ask<infer_reply>(h.requests, infer_atom_v, host::photo());
  const auto first = h.runs->at(0).id;
  const run_failure what{first, "pi1", "pi1", "pi2", "The connection to pi2 was lost."};
  caf::anon_send(h.requests, failed_atom_v, what);
  caf::anon_send(h.requests, failed_atom_v, what);  // both neighbours tell
  h.run();
  CHECK(*h.aborts == std::vector<std::uint64_t>{first});
  h.pass(defaults::retry_pause);
  REQUIRE(h.runs->size() == 2);
  CHECK(h.queries->back().suspects == std::vector<std::string>{"pi2"});
  h.answer();
  REQUIRE(reply->reply.has_value());
  CHECK(reply->reply->attempts == 2);
  CHECK(reply->reply->nodes == std::vector<std::string>{"pi1"});
}

TEST_CASE("a node that its host cannot send to: planned without it, whatever others planned") {
  host h;
  const auto reply = h.ask<infer_reply>(h.requests, infer_atom_v, host::photo());
  h.fail(0, "A tensor could not be sent to pi2.", "pi2");
  SECTION("while nobody else asks") {}
  SECTION("while another request gets a plan with it") {
    h.ask<infer_reply>(h.requests, infer_atom_v, host::photo());
    CHECK(h.queries->back().suspects.empty());
  }
  h.pass(defaults::retry_pause);
  CHECK(h.queries->back().suspects == std::vector<std::string>{"pi2"});
  h.answer();
  REQUIRE(reply->reply.has_value());
  CHECK(reply->reply->attempts == 2);
  CHECK(reply->reply->nodes == std::vector<std::string>{"pi1"});
}

TEST_CASE("a run whose nodes all answer is waited for until its deadline") {
  host h;
  h.connect_pi2();
  const auto reply = h.ask<infer_reply>(h.requests, infer_atom_v, host::photo());
  const auto limit =
      defaults::run_deadline_base +
      std::chrono::milliseconds{static_cast<int>(100 * defaults::run_deadline_factor)};
  for (auto waited = 0ms; waited < limit; waited += 50ms) {
    CHECK(h.runs->size() == 1);
    h.pass(50ms);
  }
  h.pass(defaults::liveness_interval);
  h.pass(defaults::retry_pause);
  REQUIRE(h.runs->size() == 2);
  h.finish(0, 13);  // the first attempt ends after all: too late to matter
  CHECK_FALSE(reply->answered());
  h.answer();
  CHECK(reply->reply->outputs.at(0).bytes == byte_vector{42});
}

TEST_CASE("a node that is frozen under a request is avoided until it answers again") {
  host h;
  h.connect_pi2();
  *h.pi2_answers = false;
  const auto reply = h.ask<infer_reply>(h.requests, infer_atom_v, host::photo());
  h.pass(defaults::run_check_base + 125ms);
  CHECK(h.runs->size() == 1);
  h.pass(2 * defaults::liveness_timeout);
  h.pass(defaults::retry_pause);
  REQUIRE(h.runs->size() == 2);
  CHECK(h.queries->back().suspects == std::vector<std::string>{"pi2"});
  h.answer();
  REQUIRE(reply->reply.has_value());
  CHECK(reply->reply->nodes == std::vector<std::string>{"pi1"});

  *h.pi2_answers = true;
  h.pass(defaults::liveness_interval);
  const auto next = h.ask<infer_reply>(h.requests, infer_atom_v, host::photo());
  h.answer();
  CHECK(h.queries->back().suspects.empty());
  CHECK(next->reply->nodes == std::vector<std::string>{"pi1", "pi2"});
}

TEST_CASE("two helpers that do not reach each other: one is avoided until they do") {
  host h;
  h.connect_both();
  *h.helpers_linked = false;
  const auto reply = h.ask<infer_reply>(h.requests, infer_atom_v, host::photo());
  h.pass(defaults::run_check_base + 125ms);
  h.pass(defaults::retry_pause);
  REQUIRE(h.runs->size() == 2);
  CHECK(h.queries->back().suspects == std::vector<std::string>{"pi3"});
  h.answer();
  REQUIRE(reply->reply.has_value());
  CHECK(reply->reply->nodes == std::vector<std::string>{"pi1", "pi2"});

  h.pass(defaults::liveness_interval);
  const auto next = h.ask<infer_reply>(h.requests, infer_atom_v, host::photo());
  h.answer();
  CHECK(next->reply->attempts == 1);
  CHECK(next->reply->nodes == std::vector<std::string>{"pi1", "pi2"});

  *h.helpers_linked = true;
  h.pass(defaults::liveness_interval);
  const auto last = h.ask<infer_reply>(h.requests, infer_atom_v, host::photo());
  h.answer();
  CHECK(last->reply->nodes == std::vector<std::string>{"pi1", "pi2", "pi3"});
}

TEST_CASE("of nodes that do not reach each other as few as possible are avoided") {
  using names = std::set<std::string>;
  CHECK(ends_to_avoid({}).empty());
  CHECK(ends_to_avoid({{"pi2", "pi3"}}) == names{"pi3"});
  CHECK(ends_to_avoid({{"pi2", "pi3"}, {"pi2", "pi4"}}) == names{"pi2"});
  CHECK(ends_to_avoid({{"pi2", "pi3"}, {"pi4", "pi5"}}) == names{"pi3", "pi5"});
}

TEST_CASE("a plan is reviewed while requests flow, and a better one is for the next request") {
  host h;
  const auto ask = [&] {
    const auto reply = h.ask<infer_reply>(h.requests, infer_atom_v, host::photo());
    h.answer();
    return reply->reply->epoch;
  };
  CHECK(ask() == 1);
  CHECK(h.queries->size() == 1);
  h.pass(defaults::review_interval);
  CHECK(ask() == 1);
  REQUIRE(h.queries->size() == 2);
  CHECK(h.queries->back().reviews != 0);
  // The coordinator of this test answers with a new epoch each time.
  CHECK(ask() == 2);
  CHECK(h.queries->size() == 2);
}

TEST_CASE("when every attempt fails the client is told, after the last ran on the host alone") {
  host h;
  const auto reply = h.ask<infer_reply>(h.requests, infer_atom_v, host::photo());
  for (std::uint32_t i = 0; i < defaults::request_attempts; ++i) {
    CHECK_FALSE(reply->answered());
    h.fail(i, "The kernel broke.");
    h.pass(defaults::retry_pause);
  }
  CHECK(reply->error == "The request failed after 6 attempts: The kernel broke.");
  CHECK(h.queries->back().method == "one");
}

TEST_CASE("a member that comes or goes makes the next request plan again") {
  host h;
  h.ask<infer_reply>(h.requests, infer_atom_v, host::photo());
  h.answer();
  auto peer = h.spawn(
      [](caf::event_based_actor*) -> caf::behavior { return {[](abort_atom, std::uint64_t) {}}; });
  caf::anon_send(
      h.requests,
      directory_ptr{std::make_shared<directory>(directory{"pi1", "pi1", {{"pi3", peer}}, {}})});
  h.run();
  h.ask<infer_reply>(h.requests, infer_atom_v, host::photo());
  h.answer();
  CHECK(h.queries->size() == 2);
}

TEST_CASE("who comes while a request runs is planned for at once, and takes part in the next") {
  host h;
  const auto running = h.ask<infer_reply>(h.requests, infer_atom_v, host::photo());
  CHECK(h.queries->size() == 1);
  SECTION("by the coordinator of this node") {
    h.connect_both();
    CHECK(h.queries->size() == 2);
    const auto next = h.ask<infer_reply>(h.requests, infer_atom_v, host::photo());
    CHECK(h.queries->size() == 2);
    h.answer();
    CHECK(next->reply->nodes == std::vector<std::string>{"pi1", "pi2", "pi3"});
  }
  SECTION("not when one went") {
    h.connect_both();
    const auto planned = h.queries->size();
    h.connect_pi2();
    CHECK(h.queries->size() == planned);
  }
  h.finish(0, 42);
  CHECK(running->reply->nodes == std::vector<std::string>{"pi1", "pi2"});
}

TEST_CASE("bad requests are refused with a sentence before anything runs") {
  host h;
  auto request = host::photo();
  request.model = "nobody";
  CHECK(h.ask<infer_reply>(h.requests, infer_atom_v, request)->error.find("nobody") !=
        std::string::npos);
  request = host::photo();
  request.method = "guess";
  CHECK(h.ask<infer_reply>(h.requests, infer_atom_v, request)->error.find("no method guess") !=
        std::string::npos);
  request = host::photo();
  request.inputs[0].shape = {1, 1, 4, 4};
  CHECK(h.ask<infer_reply>(h.requests, infer_atom_v, request)->error ==
        "Model nothing takes an input of shape 1x1x2x2, not 1x1x4x4.");
  request = host::photo();
  request.inputs[0].bytes.resize(3);
  CHECK(h.ask<infer_reply>(h.requests, infer_atom_v, request)->error.find("the wrong size") !=
        std::string::npos);
  CHECK(h.runs->empty());
}

TEST_CASE("a client that goes away takes its request along, and only its own") {
  host h;
  const auto other = h.ask<infer_reply>(h.requests, infer_atom_v, host::photo());
  const auto client =
      h.spawn([](caf::event_based_actor*) -> caf::behavior { return {[](const std::string&) {}}; });
  const auto handle = caf::actor_cast<caf::strong_actor_ptr>(client);
  h.ask<infer_reply>(h.requests, infer_atom_v, host::photo(), handle);
  REQUIRE(h.runs->size() == 2);
  SECTION("while it runs") {
    caf::anon_send_exit(client, caf::exit_reason::kill);
    h.run();
    CHECK(*h.aborts == std::vector<std::uint64_t>{h.runs->at(1).id});
    h.pass(defaults::retry_pause);
    CHECK(h.runs->size() == 2);
  }
  SECTION("between two attempts") {
    h.fail(1, "A tensor was lost.");
    caf::anon_send_exit(client, caf::exit_reason::kill);
    h.pass(defaults::retry_pause);
    CHECK(h.runs->size() == 2);
  }
  h.finish(0, 42);
  CHECK(other->reply.has_value());
}

TEST_CASE("a node that leaves finishes its requests and sends new ones elsewhere") {
  host h;
  const auto reply = h.ask<infer_reply>(h.requests, infer_atom_v, host::photo());
  const leave_reply left{endpoint{"pi2.local", 7741}};
  caf::anon_send(h.requests, leave_atom::value, left);
  const auto idle = h.ask<bool>(h.requests, idle_atom::value);
  CHECK_FALSE(idle->answered());
  CHECK(h.ask<infer_reply>(h.requests, infer_atom_v, host::photo())->error == "pi1 is stopping.");
  CHECK(h.runs->size() == 1);
  SECTION("in time") {
    h.finish(0, 42);
    CHECK(reply->reply.has_value());
  }
  SECTION("those that take too long have to go elsewhere too") {
    caf::anon_send(h.requests, abort_atom_v);
    h.run();
    CHECK(reply->error == "pi1 is stopping.");
    CHECK(*h.aborts == std::vector<std::uint64_t>{h.runs->at(0).id});
  }
  CHECK(idle->reply == true);
}

TEST_CASE("a node that leaves begins no attempt, and its clients learn where to ask") {
  host h;
  const auto failed = h.ask<infer_reply>(h.requests, infer_atom_v, host::photo());
  CHECK(h.ask<bool>(h.requests, leave_atom::value)->reply == true);
  h.fail(0, "The host pi1 is not a member of the cluster.");
  const auto fresh = h.ask<infer_reply>(h.requests, infer_atom_v, host::photo());
  h.pass(defaults::request_patience);
  CHECK(h.runs->size() == 1);
  CHECK_FALSE(failed->answered());
  CHECK_FALSE(fresh->answered());
  caf::anon_send(h.requests, leave_atom::value, leave_reply{endpoint{"pi2.local", 7741}});
  h.run();
  CHECK(failed->error == "pi1 is stopping.");
  CHECK(fresh->error == "pi1 is stopping.");
}

TEST_CASE("a node that leaves waits until its client has the answer") {
  host h;
  const auto client =
      h.spawn([](caf::event_based_actor*) -> caf::behavior { return {[](const std::string&) {}}; });
  h.ask<infer_reply>(h.requests, infer_atom_v, host::photo(),
                     caf::actor_cast<caf::strong_actor_ptr>(client));
  caf::anon_send(h.requests, leave_atom::value, leave_reply{});
  const auto idle = h.ask<bool>(h.requests, idle_atom::value);
  h.finish(0, 42);
  CHECK_FALSE(idle->answered());
  caf::anon_send_exit(client, caf::exit_reason::user_shutdown);
  h.run();
  CHECK(idle->reply == true);
}

TEST_CASE("an error can say who answers instead") {
  const auto moved = moved_to({"pi2.local", 7742}, "pi1 is stopping.");
  CHECK(sentence_of(moved) == "pi1 is stopping.");
  CHECK(where_instead(moved) == endpoint{"pi2.local", 7742});
  CHECK_FALSE(where_instead(failure("pi1 is stopping.")).has_value());
  CHECK_FALSE(where_instead(caf::error{}).has_value());
}
