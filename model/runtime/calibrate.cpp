#include "model/runtime/calibrate.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <thread>

#include "config/base/files.hpp"
#include "config/defaults.hpp"
#include "config/defaults_runtime.hpp"
#include "config/defaults_work.hpp"
#include "model/graph/weight_parts.hpp"
#include "model/runtime/calibration_data.hpp"
#include "model/runtime/calibration_sizes.hpp"
#include "model/runtime/clocks.hpp"
#include "model/runtime/exactness_probe.hpp"
#include "model/runtime/memory.hpp"

namespace bramble {
namespace {

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
              const std::function<bool()>& stop, std::uint64_t most_weight_bytes)
      : device_{device},
        g_{device.model()},
        data_{device},
        progress_{progress},
        stop_{stop},
        most_weight_bytes_{most_weight_bytes} {}

  op_table run() {
    find_jobs();
    choose_backends();
    time_all();
    auto result = table();
    jobs_.clear();
    result.bits = find_bits();
    with_numbers_.reset();
    device_.rest();
    return result;
  }

  /// Tries what is wished in place of what `known` has, and measures anew what is adopted.
  std::size_t adopt(op_table& known, const std::vector<kernel_wish>& wishes) {
    use_choices(device_, known);
    find_jobs();
    std::set<op_id> adopted;
    for (const auto& wish : wishes) {
      if (wish.op >= g_.ops.size() || g_.ops[wish.op].kind != op_kind::convolution) continue;
      const auto id = like_[wish.op];
      if (!adopted.contains(id) && is_nearly_as_fast(id, {wish.by, wish.code})) adopted.insert(id);
    }
    for (op_id id = 0; id < sizes_.size(); ++id)
      if (!adopted.contains(id)) sizes_[id].clear();
    if (!adopted.empty()) time_all();
    const auto measured = table();
    for (op_id op = 0; op < g_.ops.size(); ++op) {
      const auto id = like_[op];
      if (!adopted.contains(id)) continue;
      known.ops[op] = measured.ops[op];
      known.slices[op] = measured.slices[op];
      known.backends[op] = measured.backends[op];
      known.codes[op] = measured.codes[op];
      known.bits[op] =
          op == id ? bits_of(id, {device_.backend_of(id), device_.code_of(id)}) : known.bits[id];
    }
    with_numbers_.reset();
    device_.rest();
    return adopted.size();
  }

 private:
  void time_all() {
    const auto runs = static_cast<std::size_t>(defaults::calibration_runs);
    std::size_t total = 0, done = 0;
    for (const auto& sizes : sizes_) total += sizes.size() * runs;
    for (const auto& group : groups()) {
      add_jobs(group);
      for (std::size_t i = 0; i < jobs_.size() * runs; ++i) {
        if (stop_ && stop_()) break;
        time_once(jobs_[i % jobs_.size()]);
        if (progress_) progress_(++done, total);
      }
      keep_times();
    }
  }

  /// Makes it the choice, if it can be and costs little more than what is chosen.
  bool is_nearly_as_fast(op_id id, const kernel_choice& wish) {
    const kernel_choice mine{device_.backend_of(id), device_.code_of(id)};
    const auto usable = device_.backends_for(id);
    const auto codes = device_.codes_for(wish.by, id);
    if (!device_.options().choices || wish == mine ||
        std::ranges::find(usable, wish.by) == usable.end() ||
        (!wish.code.empty() && std::ranges::find(codes, wish.code) == codes.end()))
      return false;
    std::array jobs{job_by(mine, id), job_by(wish, id)};
    for (int run = 0; run < defaults::exactness_runs; ++run)
      for (auto& j : jobs) time_once(j);
    if (jobs[1].ms > defaults::exactness_cost * jobs[0].ms) return false;
    device_.options().choices->set(likeness(g_, g_.ops[id]), wish);
    return true;
  }

  void find_jobs() {
    std::map<std::string, op_id> first;
    like_.resize(g_.ops.size());
    sizes_.resize(g_.ops.size());
    for (op_id id = 0; id < g_.ops.size(); ++id) {
      like_[id] = first.try_emplace(likeness(g_, g_.ops[id]), id).first->second;
      if (like_[id] != id) continue;
      sizes_[id] = sizes_to_time(g_, g_.ops[id], most_weight_bytes_);
    }
  }

  /// Ops whose weights there is room for together; on most devices all.
  std::vector<std::vector<op_id>> groups() const {
    std::vector<std::vector<op_id>> out(1);
    std::uint64_t bytes = 0;
    for (op_id id = 0; id < g_.ops.size(); ++id) {
      if (like_[id] != id) continue;
      const auto more = weight_bytes(g_, g_.ops[id], sizes_[id]);
      if (bytes + more > most_weight_bytes_ && !out.back().empty()) {
        out.emplace_back();
        bytes = 0;
      }
      bytes += more;
      out.back().push_back(id);
    }
    return out;
  }

  /// Makes room for the next group.
  void keep_times() {
    for (const auto& j : jobs_)
      if (std::isfinite(j.ms)) times_.push_back({j.op, j.out.box, j.ms});
    jobs_.clear();
    device_.release_unused();
  }

  /// All ops at one size before the next size: between two runs of a kernel its weights leave the
  /// cache, as they do between two requests.
  void add_jobs(const std::vector<op_id>& group) {
    std::size_t most = 0;
    for (auto id : group) most = std::max(most, sizes_[id].size());
    for (std::size_t size = 0; size < most; ++size)
      for (auto id : group)
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
      const auto by = fastest(id);
      choices->set(likeness(g_, g_.ops[id]), most_exact(id, by));
    }
  }

  /// The backend's own choice of code where the op's parts then have the bits of the whole, or
  /// where none of its other codes is better at it and nearly as fast.
  kernel_choice most_exact(op_id id, backend by) {
    kernel_choice usual{by, {}};
    const auto codes = device_.codes_for(by, id);
    if (codes.size() == 1 || bits_of(id, usual).parts) return usual;
    std::vector<kernel_candidate> candidates;
    std::vector<job> jobs;
    for (std::size_t i = 0; i < codes.size(); ++i) {
      candidates.push_back({{by, i == 0 ? std::string{} : codes[i]}, 0, false});
      jobs.push_back(job_by(candidates.back().choice, id));
    }
    for (int run = 0; run < defaults::exactness_runs; ++run)
      for (auto& j : jobs)
        if (run == 0 || j.ms < 2 * jobs.front().ms) time_once(j);
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      candidates[i].ms = jobs[i].ms;
      candidates[i].exact = i > 0 && jobs[i].ms <= defaults::exactness_cost * jobs[0].ms &&
                            bits_of(id, candidates[i].choice).parts;
    }
    return best_of(candidates).choice;
  }

  op_bits bits_of(op_id id, const kernel_choice& by) {
    auto& known = bits_[{id, {by.by, by.code}}];
    if (known.whole != 0) return known;
    // Where there is no room to make it whole, its parts cannot be compared with that.
    const auto whole = extent(g_.values[g_.ops[id].outputs[0]]);
    if (weight_bytes(g_, g_.ops[id], whole) > most_weight_bytes_) return known;
    const bool convolves = g_.ops[id].kind == op_kind::convolution;
    exactness_probe probe{with_numbers()};
    known = convolves ? probe.bits_of(id, by) : probe.bits_of(id);
    with_numbers().release_unused();
    return known;
  }

  /// The same device with weights that are no zeros, as those of `device_` may be.
  device_model& with_numbers() {
    if (!with_numbers_)
      with_numbers_.emplace(device_.shared_model(), made_up_blobs(g_), device_.options());
    return *with_numbers_;
  }

  /// In turns, so that whatever else the machine does meets all of them. The first is the default
  /// of this kind of processor; another has to be clearly faster.
  backend fastest(op_id id) {
    const auto usable = device_.backends_for(id);
    if (usable.size() == 1) return usable.front();
    std::vector<job> jobs;
    jobs.reserve(usable.size());
    for (auto by : usable) jobs.push_back(job_by({by, {}}, id));
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

  job job_by(const kernel_choice& by, op_id id) {
    return make_job(id, sizes_[id][0], [&](const std::vector<region>& needs) {
      return device_.kernel_by(by, id, sizes_[id][0], needs);
    });
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

  std::vector<op_bits> find_bits() {
    std::vector<op_bits> out(g_.ops.size());
    for (op_id id = 0; id < g_.ops.size(); ++id) {
      const bool known = like_[id] != id || (stop_ && stop_());
      out[id] = known ? out[like_[id]] : bits_of(id, {device_.backend_of(id), device_.code_of(id)});
    }
    return out;
  }

  op_table table() const {
    op_table out;
    out.ops.resize(g_.ops.size());
    out.slices.resize(g_.ops.size());
    for (const auto& [op, box, ms] : times_) {
      const auto whole = extent(g_.values[g_.ops[op].outputs[0]]);
      if (box.channels == whole.channels) out.ops[op].push_back({box.rows.size(), ms});
      if (box.rows == whole.rows && reads_weights(g_.ops[op]))
        out.slices[op].push_back({box.channels.size(), ms});
    }
    for (op_id id = 0; id < g_.ops.size(); ++id) guess_whole(id, out);
    for (op_id id = 0; id < g_.ops.size(); ++id) {
      out.ops[id] = out.ops[like_[id]];
      out.slices[id] = out.slices[like_[id]];
      out.backends.push_back(device_.backend_of(like_[id]));
      out.codes.push_back(device_.code_of(like_[id]));
      std::ranges::sort(out.ops[id], {}, &op_sample::rows);
      std::ranges::sort(out.slices[id], {}, &slice_sample::channels);
    }
    return out;
  }

  /// Of an op that this device has no room to make whole: as many times its largest slice.
  void guess_whole(op_id id, op_table& out) const {
    auto& slices = out.slices[id];
    if (slices.empty() || !out.ops[id].empty()) return;
    const auto whole = extent(g_.values[g_.ops[id].outputs[0]]);
    const auto largest = *std::ranges::max_element(slices, {}, &slice_sample::channels);
    const auto ms = largest.ms * static_cast<double>(whole.channels.size()) /
                    static_cast<double>(largest.channels);
    out.ops[id] = {{whole.rows.size(), ms}};
    slices.push_back({whole.channels.size(), ms});
  }

  device_model& device_;
  const graph& g_;
  std::optional<device_model> with_numbers_;
  std::map<std::pair<op_id, std::pair<backend, std::string>>, op_bits> bits_;  // by op and kernel
  made_up_data data_;
  others_data others_;
  const calibration_progress& progress_;
  const std::function<bool()>& stop_;
  std::vector<op_id> like_;                 // by op: the first that is like it
  std::vector<std::vector<region>> sizes_;  // by op: what to time, the whole first
  std::vector<job> jobs_;
  std::uint64_t most_weight_bytes_;
  struct timed {
    op_id op = 0;
    region out;
    double ms = 0;
  };
  std::vector<timed> times_;
};

}  // namespace

namespace {

std::uint64_t weights_at_once() {
  return static_cast<std::uint64_t>(defaults::calibration_memory_share *
                                    static_cast<double>(machine_memory_bytes()));
}

}  // namespace

op_table calibrate(device_model& device, const calibration_progress& progress,
                   const std::function<bool()>& stop, std::uint64_t most_weight_bytes) {
  if (most_weight_bytes == 0) most_weight_bytes = weights_at_once();
  return calibration{device, progress, stop, most_weight_bytes}.run();
}

std::size_t adopt_kernels(device_model& device, op_table& table,
                          const std::vector<kernel_wish>& wishes) {
  const std::size_t ops = device.model().ops.size();
  if (table.ops.size() != ops || table.backends.size() != ops || table.codes.size() != ops ||
      table.bits.size() != ops || table.slices.size() != ops)
    return 0;
  return calibration{device, {}, {}, weights_at_once()}.adopt(table, wishes);
}

void use_choices(const device_model& device, const op_table& table) {
  const auto& choices = device.options().choices;
  const auto& g = device.model();
  for (op_id id = 0; choices && id < g.ops.size() && id < table.backends.size(); ++id)
    if (g.ops[id].kind == op_kind::convolution)
      choices->set(likeness(g, g.ops[id]), {table.backends[id], code_of(table, id)});
}

double whole_model_ms(const op_table& table) {
  double sum = 0;
  for (const auto& samples : table.ops)
    if (!samples.empty()) sum += samples.back().ms;
  return sum;
}

}  // namespace bramble
