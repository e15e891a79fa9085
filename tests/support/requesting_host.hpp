#pragma once

#include "actors/models/model_reader.hpp"
#include "actors/planning/coordinator.hpp"
#include "actors/requests/requester.hpp"
#include "config/defaults.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/nothing_model.hpp"
#include "tests/support/temporary_folder.hpp"

namespace bramble::test {

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
  model_reader_actor reader;
  caf::actor executor;  ///< takes what the test wants of it as well
  coordinator_actor coordinator;
  requester_actor requests;

  /// The link to pi2 gives a sign of life, or is silent.
  void connect_pi2() {
    const auto answers = pi2_answers;
    const auto link =
        fake<peer_link_actor>([answers](caf::event_based_actor* self) -> caf::behavior {
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
    std::map<std::string, peer_link_actor> links;
    for (const auto* name : {"pi2", "pi3"})
      links.emplace(name, fake<peer_link_actor>([linked](caf::event_based_actor*) -> caf::behavior {
                      return {[](alive_atom) { return hello{}; },
                              [](renew_atom, const renewal_request&) { return renewal{}; },
                              [](examine_atom, const std::string&) { return examination{}; },
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
    store.set_name("nothing", {store.put_manifest(nothing_model())});
    reader = spawn(model_reader, store);
    auto asked = queries;
    auto all = members;
    coordinator = fake<coordinator_actor>([asked, all](caf::event_based_actor*) -> caf::behavior {
      return {[asked, all](plan_atom, const plan_query& query) {
                asked->push_back(query);
                std::vector<std::uint16_t> trusted;
                for (std::uint16_t node = 0; node < all->size(); ++node)
                  if (std::ranges::count(query.suspects, (*all)[node]) == 0)
                    trusted.push_back(node);
                auto p = plan_with_workers(*all, trusted);
                p.identity = query.identity;
                p.method = query.method;
                p.epoch = asked->size();
                p.predicted_ms = 100;
                if (query.reviews != 0) p.why = "pi2 is slow";
                return p;
              },
              [](turn_atom, const turn_query&) { return turn{}; },
              [](turn_end_atom, const turn_end&) {}};
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
    requests = spawn(requester, configuration(reader));
    caf::anon_send(requests,
                   directory_ptr{std::make_shared<directory>(directory{"pi1", "pi1", {}, {}})});
    run();
  }

  /// Of a requester with this reader and the actors here.
  requester_config configuration(const model_finder_actor& models) const {
    return {
        "pi1", {models, nullptr}, caf::actor_cast<branch_executor_actor>(executor), coordinator, 1};
  }

  auto ask_requester(const requester_actor& whom, const infer_request& what,
                     const caf::strong_actor_ptr& client = nullptr) {
    return ask<infer_reply>(whom, infer_atom_v, what, client);
  }
  auto infer(const infer_request& what = photo(), const caf::strong_actor_ptr& client = nullptr) {
    return ask_requester(requests, what, client);
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

}  // namespace bramble::test
