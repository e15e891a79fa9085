// Messages that somebody types, and actors that can or cannot be begun anew.
#include "actors/operating/operator_desk.hpp"

#include <nlohmann/json.hpp>

#include "actors/operating/hand_table.hpp"
#include "actors/operating/named_fields.hpp"
#include "actors/operating/restarts.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/error_matchers.hpp"

using namespace bramble;

namespace {

/// A desk, with a requester and a link meter that answer as the test says.
struct desk_of_node : actor_fixture {
  std::shared_ptr<std::vector<plan_query>> asked = std::make_shared<std::vector<plan_query>>();
  std::shared_ptr<std::vector<std::string>> told = std::make_shared<std::vector<std::string>>();
  operator_desk_config config;

  desk_of_node() {
    config.self = "pi1";
    config.requester = fake<requester_actor>([q = asked](caf::event_based_actor*) -> caf::behavior {
      return {[=](plan_atom, const plan_query& query) {
                q->push_back(query);
                plan out;
                out.epoch = 7;
                out.model = query.model;
                out.method = query.method;
                return out;
              },
              [](load_atom) {
                return std::vector<model_load>{{"m", 2.5, 1, 0, 0}};
              },
              [](abort_atom, std::uint64_t number) { return number == 12; }};
    });
    config.links = fake<link_meter_actor>([](caf::event_based_actor*) -> caf::behavior {
      return {[](probe_atom, const node_names& names) -> caf::result<bool> {
                if (names.names.size() == 2) return true;
                return failure("There is no such link.");
              },
              [](asked_atom) {}};
    });
    config.all = {{"requester", fake<described_actor>([](caf::event_based_actor*) -> caf::behavior {
                     return {[](detail_atom) { return std::string{"0 requests running"}; }};
                   })}};
    config.tell = [log = told](const auto& kind, const auto&, const auto& text) {
      log->push_back(kind + ": " + text);
    };
    desk = spawn(operator_desk, config);
  }

  auto send(const std::string& actor, const std::string& message,
            const std::vector<hand_value>& values = {}) {
    return ask<hand_reply>(desk, hand_atom_v, hand_message{actor, message, values});
  }
  /// What the actor said; what was wrong, else.
  std::string answer(const std::string& actor, const std::string& message,
                     const std::vector<hand_value>& values = {}) {
    const auto box = send(actor, message, values);
    return box->reply ? box->reply->answer : box->error;
  }

  operator_desk_actor desk;
};

}  // namespace

TEST_CASE("what is typed is sent as the actor takes it, and its answer comes back with names") {
  desk_of_node d;
  CHECK(d.answer("requester", "detail") == "\"0 requests running\"");
  const auto load = nlohmann::json::parse(d.answer("requester", "load"));
  CHECK(load[0]["model"] == "m");
  CHECK(load[0]["per_second"] == 2.5);
  const auto made = nlohmann::json::parse(
      d.answer("requester", "plan",
               {{"model", "m"}, {"method", "seed"}, {"wire", "fp16"}, {"exact", "yes"}}));
  CHECK(made["epoch"] == 7);
  REQUIRE(d.asked->size() == 1);
  CHECK(d.asked->at(0).method == "seed");
  CHECK(d.asked->at(0).wire == wire_type::fp16);
  CHECK(d.asked->at(0).exact);
  CHECK(d.answer("link_meter", "probe", {{"names", "pi2,pi3"}}) == "true");
  CHECK(d.answer("link_meter", "asked").empty());
  CHECK(d.answer("requester", "abort", {{"request", "12"}}) == "true");
  CHECK(d.answer("requester", "abort", {{"request", "13"}}) == "false");
}

TEST_CASE("what is wrong is one sentence that says what would be right") {
  desk_of_node d;
  const auto wrong = [&](const std::string& said, const std::string& right) {
    INFO(said);
    CHECK(is_sentence(said));
    CHECK(contains(said, right));
  };
  wrong(d.answer("requestor", "plan"), "it can to requester and link_meter");
  wrong(d.answer("requester", "plam"), "detail, load, requests, plan and abort can");
  wrong(d.answer("requester", "plan", {{"modle", "m"}}), "model (text, needed), method (text)");
  wrong(d.answer("requester", "plan", {}), "needs the field model");
  wrong(d.answer("requester", "plan", {{"model", "m"}, {"exact", "perhaps"}}), "yes or no");
  wrong(d.answer("requester", "plan", {{"model", "m"}, {"wire", "fp8"}}), "fp32, fp16 or int8");
  wrong(d.answer("requester", "plan", {{"model", "m"}, {"model", "n"}}), "typed twice");
  wrong(d.answer("requester", "abort", {{"request", "many"}}), "request");
  wrong(d.answer("requester", "load", {{"model", "m"}}), "it has no fields");
  CHECK(d.answer("link_meter", "probe", {{"names", "pi9"}}) == "There is no such link.");
  CHECK(d.asked->empty());
  CHECK(d.told->empty());
}

TEST_CASE("what can be sent is listed, and what changes something is noted") {
  desk_of_node d;
  const auto all = d.send("", "")->reply->offers;
  const auto found = std::ranges::find_if(all, [](const hand_offer& each) {
    return each.actor == "requester" && each.message == "plan";
  });
  REQUIRE(found != all.end());
  CHECK(found->changes);
  REQUIRE(found->fields.size() == 4);
  CHECK(found->fields[0].name == "model");
  CHECK(found->fields[0].required);
  CHECK(found->fields[3].type == "yes or no");
  const auto some = d.send("link_meter", "")->reply->offers;
  CHECK(some.size() == 2);
  for (const auto& each : some) CHECK(each.actor == "link_meter");
  CHECK(is_sentence(d.send("nobody", "")->error));
  d.answer("requester", "load");
  CHECK(d.told->empty());
  d.answer("requester", "plan", {{"model", "m"}});
  REQUIRE(d.told->size() == 1);
  CHECK(d.told->at(0) == "change: the actor requester of pi1 was sent \"plan model=m\", by hand");
}

namespace {

/// Counts the fields of a `serialize`.
struct field_counter {
  std::size_t count = 0;
  template <class... Ts>
  void operator()(const Ts&...) {
    count += sizeof...(Ts);
  }
};

template <class T>
void check_names() {
  field_counter fields;
  T{}.serialize(fields);
  CHECK(fields.count == fields_of<T>::names.size());
}

}  // namespace

TEST_CASE("each field of a named struct has its name") {
  check_names<model_load>();
  check_names<load_way>();
  check_names<plan_status>();
  check_names<node_names>();
  check_names<open_request>();
  check_names<request_list>();
  check_names<probe_report>();
  check_names<probe_report::link>();
}

TEST_CASE("an actor is begun anew where it loses nothing, and else there is a reason") {
  for (const auto* each : {"capacity_meter", "link_meter", "planner", "surveyor", "heartbeat",
                           "model_reader", "notebook"})
    CHECK(why_not_restarted(each).empty());
  for (const auto* each : {"cluster", "coordinator", "requester", "branch_executor", "chunk_buffer",
                           "model_cache", "node", "peer_link pi2", "dialer pi2", "keyring"})
    CHECK(is_sentence(why_not_restarted(each)));
  CHECK(contains(why_not_restarted("requester"), "cancel"));
}
