#include "console/load_run.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "balancer/throughput/random_pauses.hpp"
#include "config/format.hpp"
#include "console/terminal.hpp"

namespace bramble {
namespace {

using load_clock = std::chrono::steady_clock;

double ms_since(load_clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(load_clock::now() - begin).count();
}

/// A client of one node: a thread for each request that it ever had at once.
class host_clients {
 public:
  using answered = std::function<void(double came_ms, const infer_reply*, const std::exception*)>;

  host_clients(const key_info& keys, endpoint host, const infer_request& ask, answered done)
      : client_{keys, {std::move(host)}}, ask_{ask}, done_{std::move(done)} {}
  host_clients(const host_clients&) = delete;
  host_clients& operator=(const host_clients&) = delete;
  ~host_clients() { finish(); }

  void request(double came_ms) {
    const std::lock_guard guard{mutex_};
    waiting_.push_back(came_ms);
    ++open_;
    if (idle_ < waiting_.size()) threads_.emplace_back([this] { work(); });
    changed_.notify_one();
  }

  std::size_t open() const { return open_; }

  /// Waits for the last answer.
  void finish() {
    {
      const std::lock_guard guard{mutex_};
      ending_ = true;
    }
    changed_.notify_all();
    for (auto& each : threads_)
      if (each.joinable()) each.join();
  }

 private:
  void work() {
    std::unique_lock lock{mutex_};
    while (true) {
      ++idle_;
      changed_.wait(lock, [&] { return ending_ || !waiting_.empty(); });
      --idle_;
      if (waiting_.empty()) return;
      const auto came_ms = waiting_.front();
      waiting_.pop_front();
      lock.unlock();
      try {
        const auto reply = client_.infer(ask_);
        done_(came_ms, &reply, nullptr);
      } catch (const std::exception& e) {
        done_(came_ms, nullptr, &e);
      }
      --open_;
      lock.lock();
    }
  }

  node_client client_;
  const infer_request& ask_;
  answered done_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<double> waiting_;
  std::size_t idle_ = 0;
  std::atomic<std::size_t> open_ = 0;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

/// When requests come, in ms; equal seeds, equal times.
std::vector<double> arrivals(const load_order& order) {
  random_pauses random{order.seed};
  std::vector<double> out;
  for (double at = 0;;) {
    at += random.next(1e3 / order.per_second);
    if (at > static_cast<double>(order.length.count()) * 1e3) return out;
    out.push_back(at);
  }
}

class load_runner {
 public:
  load_runner(const key_info& keys, const load_order& order) : keys_{keys} {
    result_.order = order;
    ask_.model = order.model;
    ask_.method = order.method;
    ask_.wire = order.wire;
    ask_.inputs = order.inputs;
    for (const auto& host : order.hosts)
      hosts_.push_back(std::make_unique<host_clients>(
          keys_, host, ask_,
          [this](double came, const infer_reply* reply, const std::exception* e) {
            take(came, reply, e);
          }));
  }

  load_result run(const std::function<void(const std::string&)>& progress) {
    warm_up(progress);
    const auto times = arrivals(result_.order);
    begin_ = load_clock::now();
    for (std::size_t i = 0; i < times.size(); ++i) {
      std::this_thread::sleep_until(begin_ +
                                    std::chrono::duration_cast<load_clock::duration>(
                                        std::chrono::duration<double, std::milli>{times[i]}));
      hosts_[next(i)]->request(times[i]);
      progress(std::to_string(i + 1) + " of " + std::to_string(times.size()) + " requests");
    }
    progress("waiting for the last answers");
    for (auto& each : hosts_) each->finish();
    const auto seconds = last_ms_ / 1e3;
    result_.per_second = seconds > 0 ? static_cast<double>(result_.answers.size()) / seconds : 0;
    std::ranges::sort(result_.answers, {}, &load_sample::came_ms);
    return std::move(result_);
  }

 private:
  /// Plans are there, and the answer that others are compared with.
  void warm_up(const std::function<void(const std::string&)>& progress) {
    for (const auto& host : result_.order.hosts) {
      progress("warming up " + to_string(host));
      node_client client{keys_, {host}};
      first_ = client.infer(ask_).outputs;
    }
  }

  std::size_t next(std::size_t i) const {
    switch (result_.order.spread) {
      case request_spread::round_robin:
        return i % hosts_.size();
      case request_spread::shortest:
        return static_cast<std::size_t>(
            std::ranges::min_element(hosts_, {}, [](const auto& each) { return each->open(); }) -
            hosts_.begin());
      case request_spread::first:
        break;
    }
    return 0;
  }

  void take(double came_ms, const infer_reply* reply, const std::exception* e) {
    const auto now = ms_since(begin_);
    const std::lock_guard guard{mutex_};
    if (reply) {
      result_.answers.push_back({came_ms, now - came_ms});
      last_ms_ = std::max(last_ms_, now);
      if (max_relative_difference(reply->outputs, first_) > 1e-5 &&
          result_.order.wire == wire_type::fp32)
        ++result_.wrong;
    } else if (dynamic_cast<const node_is_busy*>(e)) {
      ++result_.refused;
    } else {
      result_.failed.emplace_back(e->what());
    }
  }

  const key_info& keys_;
  infer_request ask_;
  std::vector<host_tensor> first_;
  load_result result_;
  load_clock::time_point begin_;
  double last_ms_ = 0;
  std::mutex mutex_;
  std::vector<std::unique_ptr<host_clients>> hosts_;
};

constexpr std::array spread_names{"first", "round-robin", "shortest"};

}  // namespace

double load_result::percentile(double share) const {
  if (answers.empty()) return 0;
  std::vector<double> all;
  for (const auto& each : answers) all.push_back(each.response_ms);
  std::ranges::sort(all);
  return all[static_cast<std::size_t>(share * static_cast<double>(all.size() - 1))];
}

load_result run_load(const key_info& keys, const load_order& order,
                     const std::function<void(const std::string&)>& progress) {
  return load_runner{keys, order}.run(progress);
}

std::string describe(const load_result& result) {
  std::string out = result.order.model + " by " + result.order.method + ", " +
                    fixed(result.order.per_second, 2) + " requests/s offered for " +
                    std::to_string(result.order.length.count()) + " s\n";
  out += std::to_string(result.answers.size()) + " answers, " + fixed(result.per_second, 2) +
         " a second; response p50 " + format_ms(result.percentile(0.5)) + " ms, p95 " +
         format_ms(result.percentile(0.95)) + " ms; refused as busy " +
         std::to_string(result.refused) + ", failed " + std::to_string(result.failed.size()) +
         ", wrong " + std::to_string(result.wrong) + "\n";
  for (const auto& each : result.failed) out += "  " + each + "\n";
  return out;
}

nlohmann::json to_json(const load_result& result) {
  auto samples = nlohmann::json::array();
  for (const auto& each : result.answers)
    samples.push_back({{"came_ms", each.came_ms}, {"response_ms", each.response_ms}});
  return {{"model", result.order.model},
          {"method", result.order.method},
          {"offered_per_second", result.order.per_second},
          {"seconds", result.order.length.count()},
          {"spread", spread_names.at(static_cast<std::size_t>(result.order.spread))},
          {"per_second", result.per_second},
          {"p50_ms", result.percentile(0.5)},
          {"p95_ms", result.percentile(0.95)},
          {"refused", result.refused},
          {"failed", result.failed},
          {"wrong", result.wrong},
          {"samples", samples}};
}

}  // namespace bramble
