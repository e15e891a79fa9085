#include "model/runtime/take_kernel.hpp"

#include <algorithm>

#include "model/runtime/threads.hpp"
#include "model/runtime/vector_loops.hpp"

namespace bramble {
namespace {

class take_kernel : public region_kernel {
 public:
  take_kernel(weight_source& weights, op_id id, const region& out)
      : op_{weights.model().ops[id]}, out_{out} {
    for (auto weight : op_.weights) {
      const auto& shape = weights.model().weights[weight].shape;
      constants_.push_back(weights.get(weight));
      const region box{{0, shape[2]}, {0, shape[0]}, {0, shape[1]}};
      // Kernels only read what they are given.
      auto* data = const_cast<std::uint8_t*>(constants_.back().bytes.data());
      constant_views_.push_back(dense_view(data, box));
    }
  }

  void run(std::span<const tensor_view> inputs, const tensor_view& out) override {
    const auto wanted = op_.taken.columns ? out_.columns : out_.rows;
    std::int64_t at = 0;
    for (const auto& run : op_.taken.runs) {
      const auto mine = intersect(wanted, {at, at + run.count});
      if (!mine.empty()) {
        const auto& from = run.source < inputs.size() ? inputs[run.source]
                                                      : constant_views_[run.source - inputs.size()];
        copy(from, out, mine, run.first - at);
      }
      at += run.count;
    }
  }

 private:
  /// `mine` of the output lies `shift` further on in the source.
  void copy(const tensor_view& from, const tensor_view& out, interval mine,
            std::int64_t shift) const {
    const auto rows = op_.taken.columns ? out_.rows : mine;
    const auto columns = op_.taken.columns ? mine : out_.columns;
    const auto down = op_.taken.columns ? 0 : shift, across = op_.taken.columns ? shift : 0;
    const auto channels = out_.channels.size();
    const auto skipped = out_.channels.begin - from.box.channels.begin;
    parallel_rows(rows.size(), columns.size() * channels,
                  [&](std::int64_t begin, std::int64_t end) {
                    for (auto row = rows.begin + begin; row < rows.begin + end; ++row)
                      loops::copy_pixels(out.pixel(row, columns.begin), out.pixel_stride,
                                         from.pixel(row + down, columns.begin + across) + skipped,
                                         from.pixel_stride, columns.size(), channels);
                  });
  }

  const op& op_;
  region out_;
  std::vector<blob> constants_;
  std::vector<tensor_view> constant_views_;
};

class regroup_kernel : public region_kernel {
 public:
  regroup_kernel(const graph& g, op_id id, const region& out)
      : out_{out},
        made_columns_{g.values[g.ops[id].outputs[0]].shape[3]},
        read_columns_{g.values[g.ops[id].inputs[0]].shape[3]} {}

  void run(std::span<const tensor_view> inputs, const tensor_view& out) override {
    parallel_rows(out_.rows.size(), out_.columns.size() * out_.channels.size(),
                  [&](std::int64_t begin, std::int64_t end) {
                    for (auto row = out_.rows.begin + begin; row < out_.rows.begin + end; ++row)
                      make_row(inputs[0], out, row);
                  });
  }

 private:
  /// As many pixels at a time as follow each other in both.
  void make_row(const tensor_view& in, const tensor_view& out, std::int64_t row) const {
    const auto skipped = out_.channels.begin - in.box.channels.begin;
    for (auto column = out_.columns.begin; column < out_.columns.end;) {
      const auto pixel = row * made_columns_ + column;
      const auto from_row = pixel / read_columns_, from_column = pixel % read_columns_;
      const auto count = std::min(out_.columns.end - column, read_columns_ - from_column);
      loops::copy_pixels(out.pixel(row, column), out.pixel_stride,
                         in.pixel(from_row, from_column) + skipped, in.pixel_stride, count,
                         out_.channels.size());
      column += count;
    }
  }

  region out_;
  std::int64_t made_columns_;
  std::int64_t read_columns_;
};

}  // namespace

std::shared_ptr<region_kernel> make_take_kernel(weight_source& weights, op_id id,
                                                const region& out) {
  return std::make_shared<take_kernel>(weights, id, out);
}

std::shared_ptr<region_kernel> make_regroup_kernel(const graph& g, op_id id, const region& out) {
  return std::make_shared<regroup_kernel>(g, id, out);
}

}  // namespace bramble
