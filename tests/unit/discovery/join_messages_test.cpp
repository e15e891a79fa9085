#include <rapidcheck.h>

#include "config/defaults.hpp"
#include "discovery/invitations/join_proof.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/error_matchers.hpp"
#include "tests/support/mutate.hpp"

using namespace bramble;

namespace {

const join_secret our_secret{1, 2, 3};
const channel_binding here{{1, 2}, {3, 4}};

join_request some_request() {
  return {.version = "0.2.0", .name = "pi2", .request = {1, 2, 3}, .proof = {}};
}

join_answer some_answer() {
  return {.refused = "",
          .name = "pi2",
          .certificate = "a",
          .authority = "b",
          .peers = "cluster x\n",
          .proof = {}};
}

}  // namespace

TEST_CASE("a proof is for one secret, one connection, one message and one side") {
  auto request = some_request();
  prove(request, our_secret, here);
  CHECK(is_proven(request, our_secret, here));
  CHECK_FALSE(is_proven(request, join_secret{1, 2, 4}, here));
  CHECK_FALSE(is_proven(request, our_secret, {{1, 3}, {3, 4}}));
  CHECK_FALSE(is_proven(request, our_secret, {{1, 2}, {3, 5}}));
  CHECK_FALSE(is_proven(request, our_secret, {{1, 2, 3}, {4}}));
  auto other = request;
  other.request.push_back(0);
  CHECK_FALSE(is_proven(other, our_secret, here));
  other = request;
  other.name = "pi3";
  CHECK_FALSE(is_proven(other, our_secret, here));
  auto answer = some_answer();
  answer.proof = request.proof;
  CHECK_FALSE(is_proven(answer, our_secret, here));
  prove(answer, our_secret, here);
  CHECK(is_proven(answer, our_secret, here));
  answer.certificate = "c";
  CHECK_FALSE(is_proven(answer, our_secret, here));
  CHECK_FALSE(is_proven(some_answer(), our_secret, here));
}

TEST_CASE("the secret is in no message") {
  const join_secret secret{0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0xAB, 0xCD, 0xEF, 0x12};
  auto request = some_request();
  prove(request, secret, here);
  const auto bytes = encode(request);
  CHECK(std::search(bytes.begin(), bytes.end(), secret.begin(), secret.begin() + 3) == bytes.end());
}

TEST_CASE("messages come back as they were sent; damaged ones are refused with a sentence") {
  auto request = some_request();
  prove(request, our_secret, here);
  const auto bytes = encode(request);
  CHECK(encode(parse_join_request(bytes)) == bytes);
  auto answer = some_answer();
  const auto answered = encode(answer);
  CHECK(encode(parse_join_answer(answered)) == answered);
  CHECK(rc::check([&] {
    const auto wrong = *damaged(bytes);
    RC_ASSERT(succeeds_or_complains([&] { (void)parse_join_request(wrong); }));
    const auto also = *damaged(answered);
    RC_ASSERT(succeeds_or_complains([&] { (void)parse_join_answer(also); }));
  }));
}

TEST_CASE("a machine with another version is told so, and names are bounded") {
  auto request = some_request();
  request.form = 2;
  CHECK(contains(complaint_of([&] { (void)parse_join_request(encode(request)); }), "version"));
  request = some_request();
  request.name = std::string(defaults::node_name_longest + 1, 'a');
  CHECK(is_sentence(complaint_of([&] { (void)parse_join_request(encode(request)); })));
  request.name = "a\033[2J";
  CHECK(is_sentence(complaint_of([&] { (void)parse_join_request(encode(request)); })));
  auto answer = some_answer();
  answer.refused = "\033[2J";
  CHECK(is_sentence(complaint_of([&] { (void)parse_join_answer(encode(answer)); })));
}
