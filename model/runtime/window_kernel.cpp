#include "model/runtime/window_kernel.hpp"

#include <algorithm>
#include <array>

#include "model/graph/token_regions.hpp"
#include "model/graph/window_regions.hpp"
#include "model/runtime/threads.hpp"
#include "model/runtime/vector_loops.hpp"

namespace bramble {
namespace {

/// Where the parts of [begin, end) in windows of `size` begin, and the end.
std::vector<std::int64_t> lines_of(interval part, std::int64_t size) {
  std::vector<std::int64_t> lines;
  lines.reserve(static_cast<std::size_t>(part.size() / size + 2));
  for (auto at = part.begin; at < part.end; at = (at / size + 1) * size) lines.push_back(at);
  lines.push_back(part.end);
  return lines;
}

class window_kernel : public region_kernel {
 public:
  window_kernel(const graph& g, op_id id, const region& out)
      : product_{g.ops[id].product},
        windows_{g.ops[id].windows},
        out_{out},
        part_{part_in_windows(g, g.ops[id], out)},
        width_{product_width(g, g.ops[id])} {
    const auto rows = lines_of(out.rows, windows_.rows);
    const auto columns = lines_of(part_.columns, windows_.columns);
    for (std::size_t r = 0; r + 1 < rows.size(); ++r)
      for (std::size_t c = 0; c + 1 < columns.size(); ++c)
        for (auto head = part_.heads.begin; head < part_.heads.end; ++head) {
          const job next{{rows[r], rows[r + 1]}, {columns[c], columns[c + 1]}, head};
          if (made_columns(next).size() > 0) jobs_.push_back(next);
        }
  }

  void run(std::span<const tensor_view> inputs, const tensor_view& out) override {
    const auto count = static_cast<std::int64_t>(jobs_.size());
    parallel_rows(count, out_.elements() * product_.depth / count,
                  [&](std::int64_t begin, std::int64_t end) {
                    std::vector<float> packed;
                    for (auto i = begin; i < end; ++i) {
                      const auto& next = jobs_[static_cast<std::size_t>(i)];
                      const auto own = own_of(next.head);
                      pack(inputs[1], next, own, packed);
                      multiply(inputs[0], out, next, own, packed);
                    }
                  });
  }

 private:
  /// A head of the pixels that the region has of one window.
  struct job {
    interval rows;
    interval columns;
    std::int64_t head;
  };

  /// At the region's ends lie pixels that it has not all heads of, and then only those are made.
  interval made_columns(const job& of) const {
    if (product_.joined) return of.columns;
    auto made = of.columns;
    if (made.begin * product_.heads + of.head < out_.columns.begin) ++made.begin;
    if ((made.end - 1) * product_.heads + of.head >= out_.columns.end) --made.end;
    return made;
  }

  interval own_of(std::int64_t head) const {
    if (!product_.joined) return out_.channels;
    const auto first = head * width_;
    const auto mine = intersect(out_.channels, {first, first + width_});
    return {mine.begin - first, mine.end - first};
  }

  /// What the window's pixels are multiplied with, a row for each product of a sum.
  void pack(const tensor_view& right, const job& of, interval own, std::vector<float>& to) const {
    const auto top = of.rows.begin / windows_.rows * windows_.rows;
    const auto left = of.columns.begin / windows_.columns * windows_.columns;
    const auto n = own.size();
    to.resize(static_cast<std::size_t>(product_.depth * n));
    const auto skipped =
        product_.right.first + product_.right.step * of.head - right.box.channels.begin;
    const auto pixel = [&](std::int64_t i) {
      return right.pixel(top + i / windows_.columns, left + i % windows_.columns) + skipped;
    };
    if (!product_.by_rows) {
      for (std::int64_t k = 0; k < product_.depth; ++k)
        std::copy_n(pixel(k) + own.begin, n, to.data() + k * n);
      return;
    }
    for (std::int64_t i = 0; i < n; ++i) {
      const auto* from = pixel(own.begin + i);
      for (std::int64_t k = 0; k < product_.depth; ++k)
        to[static_cast<std::size_t>(k * n + i)] = from[k];
    }
  }

  void multiply(const tensor_view& left, const tensor_view& out, const job& of, interval own,
                const std::vector<float>& packed) const {
    const auto heads = product_.heads;
    const auto columns = made_columns(of);
    const auto read = product_.by_rows ? product_.left.first + product_.left.step * of.head : 0;
    const auto made = (product_.joined ? of.head * width_ : 0) + own.begin;
    std::array<const float*, loops::sums_at_once> x{};
    std::array<float*, loops::sums_at_once> sums{};
    std::int64_t waiting = 0;
    const auto flush = [&] {
      loops::weighted_sums(sums.data(), x.data(), waiting, packed.data(), product_.depth,
                           own.size());
      for (std::int64_t i = 0; i < waiting; ++i) {
        auto* sum = sums[static_cast<std::size_t>(i)];
        if (product_.scale != 1)
          loops::multiply_scalar(sum, sum, static_cast<float>(product_.scale), own.size());
      }
      waiting = 0;
    };
    for (auto row = of.rows.begin; row < of.rows.end; ++row)
      for (auto column = columns.begin; column < columns.end; ++column) {
        const auto score = column * heads + of.head;
        const auto at = static_cast<std::size_t>(waiting++);
        x[at] = left.pixel(row, product_.by_rows ? column : score) + read - left.box.channels.begin;
        sums[at] = out.pixel(row, product_.joined ? column : score) + made - out.box.channels.begin;
        if (waiting == loops::sums_at_once) flush();
      }
    if (waiting > 0) flush();
  }

  const matrix_product& product_;
  const pixel_windows& windows_;
  region out_;
  window_part part_;
  std::int64_t width_;
  std::vector<job> jobs_;
};

}  // namespace

std::shared_ptr<region_kernel> make_window_kernel(const graph& g, op_id id, const region& out) {
  return std::make_shared<window_kernel>(g, id, out);
}

}  // namespace bramble
