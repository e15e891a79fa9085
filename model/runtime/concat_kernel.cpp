#include "model/runtime/concat_kernel.hpp"

#include <cstring>

#include "model/runtime/threads.hpp"

namespace bramble {
namespace {

class concat_kernel : public region_kernel {
 public:
  concat_kernel(const graph& g, const op& o, const region& out) : out_{out} {
    std::int64_t offset = 0;
    for (std::size_t i = 0; i < o.inputs.size(); ++i) {
      const auto channels = g.values[o.inputs[i]].shape[1];
      const auto mine = intersect(out.channels, {offset, offset + channels});
      if (!mine.empty())
        runs_.push_back({i, mine.begin - offset, mine.begin - out.channels.begin,
                         static_cast<std::size_t>(mine.size()) * sizeof(float)});
      offset += channels;
    }
  }

  void run(std::span<const tensor_view> inputs, const tensor_view& out) override {
    parallel_rows(out_.rows.size(), out_.columns.size() * out_.channels.size(),
                  [&](std::int64_t begin, std::int64_t end) {
                    for (auto row = begin; row < end; ++row)
                      copy_row(inputs, out, out_.rows.begin + row);
                  });
  }

 private:
  struct channel_run {
    std::size_t input;
    std::int64_t from;  // channel of the input
    std::int64_t to;    // channel of the output's region
    std::size_t bytes;
  };

  void copy_row(std::span<const tensor_view> inputs, const tensor_view& out,
                std::int64_t row) const {
    for (const auto& run : runs_) {
      const auto& in = inputs[run.input];
      const auto* from = in.pixel(row, out_.columns.begin) + (run.from - in.box.channels.begin);
      auto* to = out.pixel(row, out_.columns.begin) + run.to;
      for (auto column = out_.columns.begin; column < out_.columns.end; ++column) {
        std::memcpy(to, from, run.bytes);
        from += in.pixel_stride;
        to += out.pixel_stride;
      }
    }
  }

  region out_;
  std::vector<channel_run> runs_;
};

}  // namespace

std::shared_ptr<region_kernel> make_concat_kernel(const graph& g, op_id id, const region& out) {
  return std::make_shared<concat_kernel>(g, g.ops[id], out);
}

}  // namespace bramble
