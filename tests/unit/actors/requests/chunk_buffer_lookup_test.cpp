#include "config/defaults.hpp"
#include "tests/support/chunk_buffer_fixture.hpp"

using namespace bramble;
using namespace bramble::test;

TEST_CASE("inputs are taken while the disk is still looked at, and run when it has answered") {
  shelf_of_one s;
  // A reader that answers when it is told to.
  const auto open = std::make_shared<caf::response_promise>();
  const auto reader = s.spawn([open](caf::event_based_actor* self) -> caf::behavior {
    return {[=](open_atom, const std::string&) -> caf::result<opened_model_ptr> {
              *open = self->make_response_promise();
              return caf::delegated<opened_model_ptr>{};
            },
            [=](work_atom, const opened_model_ptr& found) { open->deliver(found); },
            [=](work_atom, const std::string& why) { open->deliver(failure(why)); }};
  });
  *s.answers = false;
  const auto chunks = s.spawn(
      chunk_buffer, chunk_buffer_config{
                        "pi1", {caf::actor_cast<model_finder_actor>(reader), nullptr}, s.requests});
  const auto client = s.client();
  const auto answer = s.ask<infer_reply>(chunks, infer_atom_v, announcement(), client);
  const auto request = request_of(large);
  for (std::uint64_t at = 0; at < bytes_of(request.inputs); at = end_of_part(request.inputs, at))
    REQUIRE(s.ask<std::uint64_t>(chunks, part_atom_v, cut_part(request.inputs, at), client)
                ->reply.has_value());
  // The client has nothing left to do: it is not the one that is waited for.
  s.pass(2 * defaults::part_timeout);
  CHECK_FALSE(answer->answered());
  CHECK(s.got->empty());
  const auto deliver = [&](const manifest& m) {
    caf::anon_send(reader, work_atom::value,
                   opened_model_ptr{std::make_shared<const opened_model>(opened_model{"id", m})});
    s.run();
  };
  SECTION("the model takes them") {
    deliver(sum_model(large));
    REQUIRE(s.got->size() == 1);
    CHECK(s.got->at(0).inputs.at(1).bytes == request.inputs[1].bytes);
  }
  SECTION("the model does not take them") {
    deliver(sum_model(small));
    CHECK(answer->error.find("1x1x2x2") != std::string::npos);
  }
  SECTION("there is no such model") {
    caf::anon_send(reader, work_atom::value, std::string{"There is none."});
    s.run();
    CHECK(answer->error == "There is none.");
  }
  SECTION("the client went away") {
    caf::anon_send_exit(client, caf::exit_reason::user_shutdown);
    s.run();
    deliver(sum_model(large));
    CHECK(s.got->empty());
    CHECK(*s.ask<std::string>(chunks, detail_atom::value)->reply == s.nothing);
  }
}
