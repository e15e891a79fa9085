#include "balancer/shelf/correction.hpp"

#include "balancer/cost/cost.hpp"
#include "config/defaults.hpp"
#include "tests/support/catch.hpp"

using namespace bramble;

namespace {

/// Two convolutions of 10 rows and a pool, 10 ms each.
struct device {
  graph g;
  op_table table;
  capacity_correction correction;

  device() {
    g.values.resize(4, {{1, 8, 10, 10}, element_type::f32, no_id});
    for (op_id i = 0; i < 3; ++i) {
      op o;
      o.kind = i < 2 ? op_kind::convolution : op_kind::max_pool;
      o.inputs = {i};
      o.outputs = {i + 1};
      g.ops.push_back(o);
      table.ops.push_back({{5, 5.0}, {10, 10.0}});
    }
  }
  /// A run of half the rows of each op, so many times slower than the table says.
  void run(double convolutions, double pool) {
    const region half{{0, 8}, {0, 5}, {0, 10}};
    correction.observe(
        g, table, {{0, half, 5 * convolutions}, {1, half, 5 * convolutions}, {2, half, 5 * pool}});
  }
};

}  // namespace

TEST_CASE("nothing is corrected before enough is known") {
  device d;
  for (std::size_t i = 0; i + 1 < defaults::correction_runs; ++i) d.run(2, 1);
  CHECK(d.correction.factor(op_kind::convolution) == 1);
  d.run(2, 1);
  CHECK(d.correction.factor(op_kind::convolution) == 2);
  CHECK(d.correction.factor(op_kind::max_pool) == 1);
  const auto now = d.correction.corrected(d.g, d.table);
  CHECK(now.ops[0][1].ms == 20);
  CHECK(now.ops[2][1].ms == 10);
}

TEST_CASE("two outliers change nothing, a lasting change shows after three runs") {
  device d;
  for (std::size_t i = 0; i < defaults::correction_runs; ++i) d.run(1, 1);
  d.run(9, 1);
  d.run(9, 1);
  CHECK(d.correction.factor(op_kind::convolution) == 1);
  d.run(2, 1);
  CHECK(d.correction.factor(op_kind::convolution) == 2);
}

TEST_CASE("what has no samples, or took next to no time, is not judged") {
  device d;
  d.table.ops[0].clear();
  const region row{{0, 8}, {0, 1}, {0, 10}};
  for (std::size_t i = 0; i < defaults::correction_runs; ++i)
    d.correction.observe(d.g, d.table, {{0, row, 7}, {1, row, 7}, {9, row, 7}});
  CHECK(d.correction.factor(op_kind::convolution) == 1);
}

TEST_CASE("a run whose pieces agree on a step is believed at once, and so is the way back") {
  device d;
  auto run = [&](double slow, std::size_t slow_ones) {
    const region row{{0, 8}, {0, 2}, {0, 10}};
    std::vector<piece_time> pieces;
    for (std::size_t i = 0; i < defaults::correction_step_pieces; ++i)
      pieces.push_back(
          {0, row,
           piece_ms(d.table, 0, row, extent(d.g.values[1])) * (i < slow_ones ? slow : 1.0)});
    d.correction.observe(d.g, d.table, pieces);
  };
  const auto all = defaults::correction_step_pieces;
  run(1, all);
  run(2, all);
  CHECK(d.correction.factor(op_kind::convolution) == Approx(2));
  run(1, all);
  CHECK(d.correction.factor(op_kind::convolution) == Approx(1));
  SECTION("half of the pieces are not enough") {
    run(2, all / 2);
    CHECK(d.correction.factor(op_kind::convolution) == Approx(1));
  }
  SECTION("nor is less than noise can be") {
    run(1.2, all);
    CHECK(d.correction.factor(op_kind::convolution) == Approx(1));
  }
}
