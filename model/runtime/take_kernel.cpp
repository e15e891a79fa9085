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
    std::int64_t at = 0;
    const auto wanted = op_.taken.columns ? out.columns : out.rows;
    for (const auto& run : op_.taken.runs) {
      const auto mine = intersect(wanted, {at, at + run.count});
      if (!mine.empty()) {
        if (!op_.taken.columns)
          part_of_row_.insert(part_of_row_.end(), static_cast<std::size_t>(mine.size()),
                              parts_.size());
        parts_.push_back({run.source, mine, run.first - at});
      }
      at += run.count;
    }
  }

  void run(std::span<const tensor_view> inputs, const tensor_view& out) override {
    // Row by row, so that what is taken column by column is near what was.
    parallel_rows(out_.rows.size(), out_.columns.size() * out_.channels.size(),
                  [&](std::int64_t begin, std::int64_t end) {
                    for (auto row = begin; row < end; ++row) make_row(inputs, out, row);
                  });
  }

 private:
  struct part {
    std::uint32_t source = 0;
    interval mine;           // rows, or columns, of the output
    std::int64_t shift = 0;  // so much further on they lie in the source
  };

  void make_row(std::span<const tensor_view> inputs, const tensor_view& out, std::int64_t i) const {
    const auto row = out_.rows.begin + i;
    if (op_.taken.columns) {
      for (const auto& p : parts_) copy(source(inputs, p), out, row, row, p.mine, p.shift);
      return;
    }
    const auto& p = parts_[part_of_row_[static_cast<std::size_t>(i)]];
    copy(source(inputs, p), out, row, row + p.shift, out_.columns, 0);
  }

  const tensor_view& source(std::span<const tensor_view> inputs, const part& p) const {
    return p.source < inputs.size() ? inputs[p.source] : constant_views_[p.source - inputs.size()];
  }

  void copy(const tensor_view& from, const tensor_view& out, std::int64_t row,
            std::int64_t from_row, interval columns, std::int64_t shift) const {
    const auto skipped = out_.channels.begin - from.box.channels.begin;
    loops::copy_pixels(out.pixel(row, columns.begin), out.pixel_stride,
                       from.pixel(from_row, columns.begin + shift) + skipped, from.pixel_stride,
                       columns.size(), out_.channels.size());
  }

  const op& op_;
  region out_;
  std::vector<blob> constants_;
  std::vector<tensor_view> constant_views_;
  std::vector<part> parts_;
  std::vector<std::size_t> part_of_row_;  // of a take of rows
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
