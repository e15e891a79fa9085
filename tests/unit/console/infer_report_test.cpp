// What is typed about an answer, and what is said of it.
#include "console/infer_report.hpp"

#include "config/defaults_stream.hpp"
#include "console/infer_terms.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"

using namespace bramble;

namespace {

infer_reply some_reply() {
  infer_reply reply;
  reply.outputs = {{{1, 4}, element_type::f32, byte_vector(16)}};
  reply.nodes = {"pi1", "pi2"};
  reply.latency_ms = 41.23;
  reply.method = "bramble";
  return reply;
}

infer_terms with_wire(const std::string& wire, const std::string& max_error = {}) {
  infer_terms out;
  out.wire = wire;
  out.max_error = max_error;
  return out;
}

std::string said_of_terms(const infer_terms& terms) {
  return complaint_of([&] { terms.request("m"); });
}

}  // namespace

TEST_CASE("terms go into the request") {
  CHECK(infer_terms{}.request("m").wire == wire_type::fp32);
  CHECK_FALSE(infer_terms{}.request("m").exact);
  CHECK(infer_terms{}.request("m").max_error == 0);
  CHECK(with_wire("fp16").request("m").wire == wire_type::fp16);

  const auto chosen = with_wire("auto", "1e-2").request("m");
  CHECK(chosen.wire == wire_type::fp32);
  CHECK(chosen.max_error == 1e-2);
  CHECK(with_wire("auto").request("m").max_error == defaults::auto_wire_error);

  infer_terms exact;
  exact.exact = true;
  CHECK(exact.request("m").exact);
  exact.wire = "auto";
  CHECK(is_sentence(said_of_terms(exact)));
}

TEST_CASE("terms that cannot be are wrong usage") {
  for (const auto& terms : {with_wire("fp8"), with_wire("fp16", "1e-3"), with_wire("auto", "0"),
                            with_wire("auto", "1"), with_wire("auto", "little")}) {
    CHECK(is_sentence(said_of_terms(terms)));
    CHECK_THROWS_AS(terms.request("m"), usage_error);
  }
  CHECK_THROWS_AS(parse_wire("auto"), usage_error);  // as bench and plan read it
}

TEST_CASE("an answer says what its bits are worth, its wire and its queue") {
  auto reply = some_reply();
  CHECK_FALSE(contains(describe({}, reply, {}), "bit for bit"));
  reply.exact = true;
  CHECK(contains(describe({}, reply, {}), "\nbit for bit one node's answer\n"));
  reply.exact = false;
  reply.exactness = "close to one node's answer: tensors are rounded for the wire";
  reply.wire = wire_type::fp16;
  // Somebody asked for it: nothing was compared.
  CHECK_FALSE(contains(describe({}, reply, {}), "compared"));
  reply.wire_error = 3e-4;
  CHECK(contains(describe({}, reply, {}),
                 "for the wire; fp16 on the wire, which differed by 3e-4 when last compared\n"));
  reply.wire_error = 2.6e-12;
  CHECK(contains(describe({}, reply, {}), "by 3e-12 when"));
  reply.wire_error = 3e-4;
  CHECK_FALSE(contains(describe({}, reply, {}), "its turn"));
  reply.queued_ms = 1234;
  CHECK(contains(describe({}, reply, {}), "waited 1.2 s for its turn"));

  const auto json = to_json("m", reply, {}, {});
  CHECK(json.at("exact") == false);
  CHECK(json.at("exactness") == reply.exactness);
  CHECK(json.at("wire") == "fp16");
  CHECK(json.at("wire_error") == 3e-4);
  CHECK(json.at("queued_ms") == 1234);
}

TEST_CASE("an answer of many is a line") {
  auto reply = some_reply();
  CHECK(describe_briefly("x.npy", reply, {}) == "x.npy  output 1x4  41.2 ms");
  reply.queued_ms = 800;
  CHECK(describe_briefly("cat.jpg", reply, std::vector<class_score>{{281, "tabby", 0.93214}}) ==
        "cat.jpg  93.21 %  class 281  tabby  41.2 ms, waited 800 ms for its turn");
  CHECK(describe_failure("cat.jpg", "It is broken.") == "cat.jpg  failed: It is broken.");
}

TEST_CASE("names of files break no line and no JSON") {
  CHECK(shown_path("gr\xC3\xBC\xC3\x9F.jpg") == "gr\xC3\xBC\xC3\x9F.jpg");
  CHECK(shown_path("two\nlines\x1B[2J.jpg") == "two?lines?[2J.jpg");
  const auto line = json_line({{"file", "\xFF\n.jpg"}});
  CHECK(nlohmann::json::parse(line).at("file").is_string());
  CHECK_FALSE(contains(line, "\n"));
}

TEST_CASE("a failure says as JSON whether to try again, and when") {
  const auto plain = failure_json(user_error{"It is broken."});
  CHECK(plain == nlohmann::json{{"error", "It is broken."}});
  const auto busy = failure_json(node_is_busy{"Too much to do.", std::chrono::milliseconds{1500}});
  CHECK(busy.at("busy") == true);
  CHECK(busy.at("retry_after_ms") == 1500);
}
