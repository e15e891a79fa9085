#include "balancer/bound/simplex.hpp"

#include <cmath>
#include <stdexcept>

namespace bramble {
namespace {

constexpr double negligible = 1e-11;

/// The simplex method on a dense table: a row per resource with its slack as the first basis, and
/// the negated gains below. The right-hand sides stand in the last column.
class simplex {
 public:
  simplex(const std::vector<std::vector<double>>& use, const std::vector<double>& gain)
      : rows_{use.size()}, activities_{gain.size()}, columns_{activities_ + rows_ + 1} {
    table_.assign(rows_ + 1, std::vector<double>(columns_, 0));
    for (std::size_t r = 0; r < rows_; ++r) {
      for (std::size_t a = 0; a < activities_; ++a) table_[r][a] = use[r][a];
      table_[r][activities_ + r] = 1;
      table_[r].back() = 1;
      basis_.push_back(activities_ + r);
    }
    for (std::size_t a = 0; a < activities_; ++a) table_[rows_][a] = -gain[a];
  }

  std::vector<double> run() {
    for (auto column = entering(); column < columns_ - 1; column = entering())
      exchange(leaving(column), column);
    std::vector<double> out(activities_, 0);
    for (std::size_t r = 0; r < rows_; ++r)
      if (basis_[r] < activities_) out[basis_[r]] = table_[r].back();
    return out;
  }

 private:
  std::size_t entering() const {
    std::size_t column = 0;
    while (column < columns_ - 1 && table_[rows_][column] > -negligible) ++column;
    return column;
  }

  std::size_t leaving(std::size_t column) const {
    auto best = rows_;
    for (std::size_t r = 0; r < rows_; ++r) {
      if (table_[r][column] <= negligible) continue;
      if (best == rows_) {
        best = r;
        continue;
      }
      const auto a = table_[r].back() * table_[best][column];
      const auto b = table_[best].back() * table_[r][column];
      if (a < b || (a == b && basis_[r] < basis_[best])) best = r;
    }
    if (best == rows_) throw std::logic_error("an activity uses nothing");
    return best;
  }

  void exchange(std::size_t row, std::size_t column) {
    const auto pivot = table_[row][column];
    for (auto& x : table_[row]) x /= pivot;
    for (std::size_t r = 0; r <= rows_; ++r) {
      const auto factor = table_[r][column];
      if (r == row || factor == 0) continue;
      for (std::size_t c = 0; c < columns_; ++c) table_[r][c] -= factor * table_[row][c];
    }
    basis_[row] = column;
  }

  std::size_t rows_, activities_, columns_;
  std::vector<std::vector<double>> table_;
  std::vector<std::size_t> basis_;  // by row: its activity or slack
};

}  // namespace

std::vector<double> best_mix(const std::vector<std::vector<double>>& use,
                             const std::vector<double>& gain) {
  return simplex{use, gain}.run();
}

}  // namespace bramble
