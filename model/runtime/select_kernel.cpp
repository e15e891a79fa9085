#include "model/runtime/select_kernel.hpp"

#include <algorithm>

#include "model/runtime/threads.hpp"

namespace bramble {
namespace {

class select_kernel : public region_kernel {
 public:
  select_kernel(const op& o, const region& out) : out_{out} {
    for (auto c = out.channels.begin; c < out.channels.end; ++c) {
      const auto from = o.channels[static_cast<std::size_t>(c)];
      if (!runs_.empty() && runs_.back().from + runs_.back().count == from)
        ++runs_.back().count;
      else
        runs_.push_back({from, 1});
    }
  }

  void run(std::span<const tensor_view> inputs, const tensor_view& out) override {
    const auto& in = inputs[0];
    parallel_rows(out_.rows.size(), out_.columns.size() * out_.channels.size(),
                  [&](std::int64_t begin, std::int64_t end) {
                    for (auto row = out_.rows.begin + begin; row < out_.rows.begin + end; ++row)
                      for (auto column = out_.columns.begin; column < out_.columns.end; ++column)
                        copy_pixel(in.pixel(row, column) - in.box.channels.begin,
                                   out.pixel(row, column));
                  });
  }

 private:
  struct channel_run {  // channels that follow each other in the input as well
    std::int64_t from;
    std::int64_t count;
  };

  void copy_pixel(const float* from, float* to) const {
    for (const auto& run : runs_) to = std::copy_n(from + run.from, run.count, to);
  }

  region out_;
  std::vector<channel_run> runs_;
};

}  // namespace

std::shared_ptr<region_kernel> make_select_kernel(const graph& g, op_id id, const region& out) {
  return std::make_shared<select_kernel>(g.ops[id], out);
}

}  // namespace bramble
