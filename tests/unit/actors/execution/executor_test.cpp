#include "actors/execution/branch_executor.hpp"

#include "actors/capacity/pace.hpp"
#include "actors/requests/core/run_deadline.hpp"
#include "actors/transport/data_plane/frames.hpp"
#include "config/defaults_trace.hpp"
#include "model/runtime/runtime_engine.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/data_plane_fixture.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/nothing_model.hpp"

using namespace bramble;

namespace {

/// Two ops, one after the other, on a map of two rows.
manifest two_ops() {
  auto m = nothing_model();
  m.model.values.push_back({{1, 1, 2, 2}, element_type::f32, 1});
  m.model.outputs = {2};
  m.model.ops.push_back(m.model.ops.front());
  m.model.ops.back().inputs = {1};
  m.model.ops.back().outputs = {2};
  m.model.ops.back().call = {"aten::relu", "", {value_ref{1}}};
  return m;
}

/// The executor of b, which works for the host a: of the first op it makes a row, of the second
/// all, and awaits a row of the input and a row of the first op from a.
struct helper : actor_fixture {
  testing::test_node node{"b"};
  temporary_folder folder;
  model_store store{folder.path() / "models"};
  plan p;
  std::shared_ptr<std::vector<run_failure>> failures = std::make_shared<std::vector<run_failure>>();
  std::shared_ptr<std::vector<run_times>> observed = std::make_shared<std::vector<run_times>>();
  branch_executor_actor executor;

  helper() {
    p.identity = store.put_manifest(two_ops());
    p.nodes = {"a", "b"};
    p.verdicts.resize(2);
    const auto rows = [](std::int64_t begin, std::int64_t end) {
      return region{{0, 1}, {begin, end}, {0, 2}};
    };
    p.pieces = {{0, 0, rows(0, 1)}, {0, 1, rows(1, 2)}, {1, 1, rows(0, 2)}};
    p.predicted_ms = 100;
    const auto meter =
        fake<capacity_meter_actor>([told = observed](caf::event_based_actor*) -> caf::behavior {
          return {[=](observe_atom, const run_times& times) { told->push_back(times); }};
        });
    const auto owner =
        fake<failure_listener>([told = failures](caf::event_based_actor*) -> caf::behavior {
          return {[=](failed_atom, const run_failure& what) { told->push_back(what); }};
        });
    executor = spawn(
        branch_executor,
        branch_executor_config{"b", std::make_shared<runtime_engine>(store, runtime_options{}),
                               &node.plane(), meter});
    caf::anon_send(executor, report_to_atom::value, owner);
    REQUIRE(ask<std::uint64_t>(executor, install_atom_v, p)->reply == key_of(p));
  }

  void tensor_arrives(std::uint64_t request) {
    frame got;
    got.header = header_of(tensor_frame{key_of(p), request, 0, 0});
    got.header.size = 2 * sizeof(float);
    got.data = allocate_payload(got.header.size);
    std::fill_n(got.data.get(), got.header.size, std::uint8_t{0});
    caf::anon_send(executor, data_frame{"a", got});
    run();
  }

  /// From now on pieces are to take so long: what was installed before keeps its pace.
  void pace(const model_pace& how) {
    caf::anon_send(executor, slowdown_atom::value, p.identity, how);
    ++p.epoch;
    REQUIRE(ask<std::uint64_t>(executor, install_atom_v, p)->reply == key_of(p));
  }

  std::string detail() { return *ask<std::string>(executor, detail_atom::value)->reply; }

  bool works() { return !detail().starts_with("0 requests"); }
};

/// Its pieces take a second and are made, but their answer cannot be taken.
struct failing_engine : compute_engine {
  struct nothing_prepared : prepared_plan {
    std::uint64_t weight_bytes() const override { return 0; }
  };
  struct failing_run : plan_run {
    bool made = false;
    std::vector<outbound> start() override { return {}; }
    void receive(std::uint32_t, byte_span) override {}
    std::optional<std::uint32_t> next() const override {
      return made ? std::nullopt : std::optional<std::uint32_t>{0};
    }
    step_result execute(std::uint32_t) override {
      made = true;
      return {0, {}, {}, {0, 0, 1000}};
    }
    bool finished() const override { return made; }
    std::vector<host_tensor> outputs() const override { throw user_error("No memory is left."); }
  };
  void enter() override {}
  std::shared_ptr<const prepared_plan> load(const plan&, std::uint16_t) override {
    return std::make_shared<nothing_prepared>();
  }
  std::unique_ptr<plan_run> begin(std::shared_ptr<const prepared_plan>,
                                  const std::vector<host_tensor>&) override {
    return std::make_unique<failing_run>();
  }
  void release_unused() override {}
  void rest() override {}
  work_time run_reference() override { return {}; }
};

}  // namespace

TEST_CASE("a request fails, and its executor goes on, where a paced piece cannot be handed on") {
  actor_fixture f;
  const auto meter = f.fake<capacity_meter_actor>([](caf::event_based_actor*) -> caf::behavior {
    return {[](observe_atom, const run_times&) {}};
  });
  const auto executor =
      f.spawn(branch_executor,
              branch_executor_config{"b", std::make_shared<failing_engine>(), nullptr, meter});
  const auto owner = f.fake<failure_listener>([](caf::event_based_actor*) -> caf::behavior {
    return {[](failed_atom, const run_failure&) {}};
  });
  caf::anon_send(executor, report_to_atom::value, owner);
  const auto p = plan_with_workers({"b"}, {0});
  REQUIRE(f.ask<std::uint64_t>(executor, install_atom_v, p)->reply == key_of(p));
  const auto reply = f.ask<run_result>(
      executor, run_atom::value,
      run_order{7, key_of(p), std::make_shared<const std::vector<host_tensor>>()});
  CHECK_FALSE(reply->answered());
  f.pass(std::chrono::seconds{1});
  CHECK(reply->error == "No memory is left.");
  const auto detail = f.ask<std::string>(executor, detail_atom::value);
  REQUIRE(detail->reply);
  CHECK(detail->reply->starts_with("0 requests"));
}

TEST_CASE("a run for another host that is not heard of again is dropped, and its host told") {
  helper h;
  h.tensor_arrives(7);
  CHECK(h.works());
  h.pass(run_deadline(h.p));
  CHECK(h.works());
  h.pass(run_lifetime(h.p));
  CHECK_FALSE(h.works());
  REQUIRE(h.failures->size() == 1);
  CHECK(h.failures->at(0).request == 7);
  CHECK(h.failures->at(0).host == "a");
  h.tensor_arrives(7);
  CHECK_FALSE(h.works());
}

TEST_CASE("a run that its host aborted is begun by no late tensor") {
  helper h;
  caf::anon_send(h.executor, abort_atom_v, std::uint64_t{7});
  h.tensor_arrives(7);
  CHECK_FALSE(h.works());
  h.tensor_arrives(8);
  CHECK(h.works());
  caf::anon_send(h.executor, abort_atom_v, std::uint64_t{8});
  h.pass(run_lifetime(h.p));
  CHECK(h.failures->empty());
}

TEST_CASE("what the pieces of a run took is told also when it is given up") {
  helper h;
  h.tensor_arrives(7);
  CHECK(h.observed->empty());
  SECTION("by its host") {
    caf::anon_send(h.executor, abort_atom_v, std::uint64_t{7});
    h.run();
  }
  SECTION("here") {
    h.pass(run_lifetime(h.p));
  }
  REQUIRE(h.observed->size() == 1);
  CHECK(h.observed->at(0).identity == h.p.identity);
  REQUIRE(h.observed->at(0).pieces.size() == 1);
  CHECK(h.observed->at(0).pieces[0].op == 0);
}

TEST_CASE("a piece of a slower device is handed on when that would have made it") {
  helper h;
  h.pace({1000.0, nullptr});
  h.tensor_arrives(7);
  CHECK(contains(h.detail(), " 0 pieces done"));
  SECTION("in its time") {
    h.pass(run_deadline(h.p));
    CHECK(contains(h.detail(), " 1 pieces done"));
  }
  SECTION("to nobody, where the request was given up meanwhile") {
    caf::anon_send(h.executor, abort_atom_v, std::uint64_t{7});
    h.pass(run_deadline(h.p));
    CHECK(contains(h.detail(), "0 requests running, 1 pieces done"));
    CHECK(h.failures->empty());
  }
}

TEST_CASE("a piece lasts as its device's description says, and pays for the messages before it") {
  helper h;
  device_description slow;
  slow.dense = slow.dense_3x3 = slow.depthwise = {1e3, 1, 1, 1};
  slow.memory_gb_per_s = 1e3;
  slow.op_fixed_ms = 1000;
  slow.message_ms = 300;
  slow.cipher = {"none", 1e6};
  const auto model = std::make_shared<const graph>(two_ops().model);
  h.pace({1, std::make_shared<const emulated_model>(emulated_model{model, slow})});
  h.tensor_arrives(7);
  using std::chrono::milliseconds;
  SECTION("in its time, which is told without the messages") {
    h.pass(milliseconds{1290});
    CHECK(contains(h.detail(), " 0 pieces done"));
    h.pass(milliseconds{20});
    CHECK(contains(h.detail(), " 1 pieces done"));
    caf::anon_send(h.executor, abort_atom_v, std::uint64_t{7});
    h.run();
    REQUIRE(h.observed->size() == 1);
    CHECK(h.observed->at(0).pieces[0].ms == Approx(1000).margin(20));
  }
  SECTION("slower still by hand, but for messages") {
    caf::anon_send(h.executor, pace_atom::value, 0.5);
    h.run();
    h.pass(milliseconds{1400});
    CHECK(contains(h.detail(), " 1 pieces done"));  // was begun before
  }
}

TEST_CASE("what was done for the last requests is remembered, for so many") {
  run_recorder recorder;
  plan p;
  p.identity = "m";
  p.nodes = {"a", "b"};
  const auto start = run_recorder::time_point{} + std::chrono::seconds{5};
  for (std::uint64_t id = 1; id <= defaults::traces_kept + 1; ++id) {
    run_recorder::recording mine{start};
    mine.received(3, start + std::chrono::milliseconds{1});
    step_result done;
    done.op = 2;
    mine.made(done, start + std::chrono::milliseconds{2}, start + std::chrono::milliseconds{9},
              {0.5, 0});
    recorder.keep(std::move(mine), id, "a", p, start + std::chrono::milliseconds{10});
  }
  CHECK(recorder.find({"m", 1}, "a") == nullptr);
  const auto* second = recorder.find({"m", 2}, "a");
  REQUIRE(second != nullptr);
  CHECK(second->ended_ms - second->began_ms == Approx(10));
  REQUIRE(second->events.size() == 2);
  CHECK(second->events[1].end_ms - second->events[1].begin_ms == Approx(7));
  const auto* newest = recorder.find({"m", 0}, "a");
  REQUIRE(newest != nullptr);
  CHECK(newest->request == defaults::traces_kept + 1);
  CHECK(recorder.find({"other", 0}, "a") == nullptr);
  CHECK(recorder.find({"m", 0}, "b") == nullptr);  // it was no host
}

TEST_CASE("what a machine is too slow for to emulate is counted, unless it is made up for") {
  using std::chrono::milliseconds;
  pacer pace;
  const auto start = pacer::clock::time_point{} + std::chrono::hours{1};
  const auto first = pace.due(start, milliseconds{10});
  CHECK(first == start + milliseconds{10});
  pace.woke(first, first + milliseconds{1});  // a little late
  CHECK(pace.lost() == milliseconds{0});
  const auto second = pace.due(first + milliseconds{1}, milliseconds{10});
  CHECK(second == first + milliseconds{10});  // and made up for
  pace.woke(second, second + milliseconds{7});
  CHECK(pace.lost() == milliseconds{5});  // the rest may still be
  pace.due(second + milliseconds{20}, milliseconds{10});
  CHECK(pace.lost() == milliseconds{7});  // but is not: there was a pause
}

TEST_CASE("a pace is that of convolutions, also for a model that hardly multiplies") {
  const auto device = [] { return 60.0; };
  // A network of convolutions: it runs at the pace.
  CHECK(paced(50, device, 5.0).slowdown == 10);
  CHECK(paced(50, device, 5.0).gmacs == 5);
  // One that memory holds up: as much slower as the device.
  CHECK(paced(0.5, device, 5.0).slowdown == 12);
  CHECK(paced(0.5, device, 5.0).gmacs == Approx(0.5 / 12));
  CHECK(paced(0, device, 5.0).slowdown == 12);
  CHECK(paced(0, device, 5.0).gmacs == 5);
  // As it is.
  CHECK(paced(50, device, std::nullopt).slowdown == 1);
  CHECK(paced(0, device, std::nullopt).gmacs == 60);
  const auto said = complaint_of([&] { paced(0.5, device, 70.0); });
  CHECK(contains(said, "reaches 60.0"));
  CHECK(is_sentence(said));
}
