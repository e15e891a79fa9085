#include "actors/requests/core/run_deadline.hpp"

#include "tests/support/catch.hpp"

using namespace bramble;
using namespace std::chrono_literals;

TEST_CASE("a piece may take a multiple of what its node is predicted to compute, and a little") {
  plan p;
  p.nodes = {"pi1", "pi2"};
  p.verdicts.resize(2);
  p.predicted_ms = 900;
  p.verdicts[0].busy_ms = 500;
  p.verdicts[1].busy_ms = 100;
  CHECK(piece_deadline(p, "pi1") == 3000ms);
  CHECK(piece_deadline(p, "pi2") == 1400ms);
  CHECK(piece_deadline(p, "pi3") == 4600ms);  // nobody said: no more than the whole request
}
