#include "model/runtime/calibrate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <thread>

#include "config/base/files.hpp"
#include "config/defaults.hpp"
#include "model/runtime/clocks.hpp"

namespace bramble {
namespace {

/// Whether it has so many that a piece's time is not in proportion to its output.
bool reads_weights(const op& o) {
  return (o.kind == op_kind::convolution || o.kind == op_kind::transposed_convolution) &&
         o.groups == 1;
}

std::vector<region> sizes_to_time(const graph& g, const op& o) {
  const auto whole = extent(g.values[o.outputs[0]]);
  std::vector<region> regions{whole};
  if (!splittable(g, o)) return regions;
  for (double share : {3. / 4, 1. / 2, 1. / 3, 1. / 4, 1. / 8}) {
    const auto rows = std::llround(static_cast<double>(whole.rows.size()) * share);
    if (rows < 1 || rows >= regions.back().rows.size()) continue;
    auto strip = whole;
    strip.rows.begin = (whole.rows.size() - rows) / 2;
    strip.rows.end = strip.rows.begin + rows;
    regions.push_back(strip);
  }
  if (reads_weights(o)) {
    auto before = whole.channels.size();
    for (double share : {1. / 2, 1. / 4, 1. / 8}) {
      auto slice = whole;
      slice.channels.end = std::llround(static_cast<double>(whole.channels.size()) * share /
                                        defaults::channel_grain) *
                           defaults::channel_grain;
      if (slice.channels.empty() || slice.channels.end >= before) continue;
      before = slice.channels.end;
      regions.push_back(slice);
    }
  }
  return regions;
}

/// Inputs and output for kernels to work on, the same memory for all: warm, as it is in a request
/// where the op before has just written it.
class made_up_data {
 public:
  explicit made_up_data(const device_model& device) {
    std::size_t most = 1;
    for (const auto& value : device.model().values)
      most = std::max<std::size_t>(most, bytes_of(value, extent(value)));
    floats_ = device.pool()->take(most);
    zeros_ = device.pool()->take(most);
    out_ = device.pool()->take(most);
    // A plain number: some processors are slow with denormals, and NaN would be denormal's cousin.
    std::fill_n(reinterpret_cast<float*>(floats_.get()), most / sizeof(float), 0.5F);
    std::fill_n(reinterpret_cast<float*>(out_.get()), most / sizeof(float), 0.5F);
    std::fill_n(zeros_.get(), most, std::uint8_t{0});
  }

  tensor_view input(const value_info& value, const region& box) const {
    const bool real = value.type == element_type::f32;
    return dense_view(real ? floats_.get() : zeros_.get(), box);
  }
  tensor_view output(const region& box) const { return dense_view(out_.get(), box); }

 private:
  buffer floats_;
  buffer zeros_;  // indices into whatever it may be
  buffer out_;
};

/// What a core's other users have in its caches while an emulated device rests.
class others_data {
 public:
  void sweep() {
    if (bytes_.empty()) bytes_.resize(defaults::calibration_sweep_bytes);
    for (std::size_t i = 0; i < bytes_.size(); i += 64) ++bytes_[i];
  }

 private:
  std::vector<std::uint8_t> bytes_;
};

struct job {
  op_id op = 0;
  any_kernel kernel;
  std::vector<tensor_view> inputs;
  tensor_view out;
  double ms = std::numeric_limits<double>::infinity();
};

class calibration {
 public:
  calibration(device_model& device, const calibration_progress& progress,
              const std::function<bool()>& stop)
      : device_{device}, g_{device.model()}, data_{device}, progress_{progress}, stop_{stop} {}

  op_table run() {
    find_jobs();
    choose_backends();
    add_jobs();
    const auto runs = static_cast<std::size_t>(defaults::calibration_runs);
    const auto total = jobs_.size() * runs;
    for (std::size_t i = 0; i < total; ++i) {
      if (stop_ && stop_()) break;
      time_once(jobs_[i % jobs_.size()]);
      if (progress_) progress_(i + 1, total);
    }
    auto result = table();
    jobs_.clear();
    device_.rest();
    return result;
  }

 private:
  /// All ops at one size before the next size: between two runs of a kernel its weights leave the
  /// cache, as they do between two requests.
  void find_jobs() {
    std::map<std::string, op_id> first;
    like_.resize(g_.ops.size());
    sizes_.resize(g_.ops.size());
    for (op_id id = 0; id < g_.ops.size(); ++id) {
      like_[id] = first.try_emplace(likeness(g_, g_.ops[id]), id).first->second;
      if (like_[id] == id) sizes_[id] = sizes_to_time(g_, g_.ops[id]);
    }
  }

  void add_jobs() {
    std::size_t most = 0;
    for (const auto& sizes : sizes_) most = std::max(most, sizes.size());
    for (std::size_t size = 0; size < most; ++size)
      for (op_id id = 0; id < g_.ops.size(); ++id)
        if (size < sizes_[id].size())
          jobs_.push_back(make_job(id, sizes_[id][size], [&](const std::vector<region>& needs) {
            return device_.kernel_for(id, sizes_[id][size], needs);
          }));
  }

  /// By the whole op; its regions then use the same.
  void choose_backends() {
    auto& choices = device_.options().choices;
    for (op_id id = 0; choices && id < g_.ops.size(); ++id) {
      if (like_[id] != id || g_.ops[id].kind != op_kind::convolution || (stop_ && stop_()))
        continue;
      choices->set(likeness(g_, g_.ops[id]), fastest(id));
    }
  }

  /// In turns, so that whatever else the machine does meets all of them. The first is the default
  /// of this kind of processor; another has to be clearly faster.
  backend fastest(op_id id) {
    const auto usable = device_.backends_for(id);
    if (usable.size() == 1) return usable.front();
    std::vector<job> jobs;
    jobs.reserve(usable.size());
    for (auto by : usable)
      jobs.push_back(make_job(id, sizes_[id][0], [&](const std::vector<region>& needs) {
        return device_.kernel_by(by, id, sizes_[id][0], needs);
      }));
    const auto is_faster = [](const job& a, const job& b) { return a.ms < b.ms; };
    for (int run = 0; run < defaults::calibration_runs; ++run) {
      const auto best = std::min_element(jobs.begin(), jobs.end(), is_faster)->ms;
      for (auto& j : jobs)
        if (run == 0 || j.ms < 2 * best) time_once(j);
    }
    const auto best = std::min_element(jobs.begin(), jobs.end(), is_faster);
    const bool clearly = best->ms < defaults::backend_gain * jobs.front().ms;
    return clearly ? usable[static_cast<std::size_t>(best - jobs.begin())] : usable.front();
  }

  template <class Make>
  job make_job(op_id id, const region& out, Make make) {
    const auto& o = g_.ops[id];
    const auto needs = needed_inputs(g_, o, out);
    job j;
    j.op = id;
    for (std::size_t i = 0; i < needs.size(); ++i)
      j.inputs.push_back(data_.input(g_.values[o.inputs[i]], needs[i]));
    j.out = data_.output(out);
    j.kernel = make(needs);
    // As in most requests: the op is the last to use it.
    if (const auto* kernel = std::get_if<std::shared_ptr<region_kernel>>(&j.kernel)) {
      const auto input = (*kernel)->overwritable_input();
      if (input != region_kernel::no_input) j.inputs[static_cast<std::size_t>(input)] = j.out;
    }
    return j;
  }

  void time_once(job& j) {
    if (const auto rest = device_.options().calibration_rest; rest.count() > 0) {
      std::this_thread::sleep_for(rest);
      others_.sweep();
    }
    const stopwatch watch;
    if (const auto* part = std::get_if<std::shared_ptr<region_kernel>>(&j.kernel)) {
      (*part)->run(j.inputs, j.out);
    } else {
      try {
        std::get<std::shared_ptr<whole_kernel>>(j.kernel)->run(j.inputs);
      } catch (const user_error&) {
        return;  // says the header: no samples
      }
    }
    j.ms = std::min(j.ms, watch.cost_ms(device_.options().threads));
  }

  op_table table() const {
    op_table out;
    out.ops.resize(g_.ops.size());
    out.slices.resize(g_.ops.size());
    for (const auto& j : jobs_) {
      if (!std::isfinite(j.ms)) continue;
      const auto& box = j.out.box;
      const auto whole = extent(g_.values[g_.ops[j.op].outputs[0]]);
      if (box.channels == whole.channels) out.ops[j.op].push_back({box.rows.size(), j.ms});
      if (box.rows == whole.rows && reads_weights(g_.ops[j.op]))
        out.slices[j.op].push_back({box.channels.size(), j.ms});
    }
    for (op_id id = 0; id < g_.ops.size(); ++id) {
      out.ops[id] = out.ops[like_[id]];
      out.slices[id] = out.slices[like_[id]];
      out.backends.push_back(device_.backend_of(like_[id]));
      std::ranges::sort(out.ops[id], {}, &op_sample::rows);
      std::ranges::sort(out.slices[id], {}, &slice_sample::channels);
    }
    return out;
  }

  device_model& device_;
  const graph& g_;
  made_up_data data_;
  others_data others_;
  const calibration_progress& progress_;
  const std::function<bool()>& stop_;
  std::vector<op_id> like_;                 // by op: the first that is like it
  std::vector<std::vector<region>> sizes_;  // by op: what to time, the whole first
  std::vector<job> jobs_;
};

}  // namespace

op_table calibrate(device_model& device, const calibration_progress& progress,
                   const std::function<bool()>& stop) {
  return calibration{device, progress, stop}.run();
}

void use_choices(const device_model& device, const op_table& table) {
  const auto& choices = device.options().choices;
  const auto& g = device.model();
  for (op_id id = 0; choices && id < g.ops.size() && id < table.backends.size(); ++id)
    if (g.ops[id].kind == op_kind::convolution)
      choices->set(likeness(g, g.ops[id]), table.backends[id]);
}

double whole_model_ms(const op_table& table) {
  double sum = 0;
  for (const auto& samples : table.ops)
    if (!samples.empty()) sum += samples.back().ms;
  return sum;
}

}  // namespace bramble
