#include "console/infer_stream.hpp"

#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "config/defaults_stream.hpp"

namespace bramble {
namespace {

/// One stream: threads that answer, and the caller's, which tells.
class stream_run {
 public:
  stream_run(input_source& source, const stream_work& work, stop_flag& stop)
      : source_{source}, work_{work}, stop_{stop}, results_{work.unordered} {}

  std::string run() {
    std::vector<std::jthread> threads;
    working_ = work_.concurrency;
    for (std::size_t i = 0; i < work_.concurrency; ++i) threads.emplace_back([this] { answer(); });
    tell();
    threads.clear();
    if (broken_telling_) std::rethrow_exception(broken_telling_);
    return broken_;
  }

 private:
  struct task {
    std::size_t index;
    std::string file;
    std::string refused;
  };

  /// The next file, if there is room for what comes of it.
  std::optional<task> next() {
    const std::lock_guard in_order{source_mutex_};
    {
      std::unique_lock lock{mutex_};
      room_.wait(lock, [this] {
        return given_ - told_ < defaults::stream_results_kept || stop_.raised() || ended_;
      });
      if (ended_ || stop_.raised()) return std::nullopt;
    }
    std::optional<std::string> file;
    std::string refused;
    try {
      file = source_.next();
      if (file && !stop_.raised()) refused = work_.admit(*file);
    } catch (const std::exception& e) {
      broken_ = e.what();
    }
    const std::lock_guard lock{mutex_};
    ended_ = !file || stop_.raised();
    if (ended_) return std::nullopt;
    return task{given_++, std::move(*file), std::move(refused)};
  }

  stream_result result_of(const task& what) {
    try {
      if (!what.refused.empty()) throw user_error(what.refused);
      return work_.answer(what.file);
    } catch (const std::exception& e) {
      return work_.fail(what.file, e);
    }
  }

  void answer() {
    while (const auto what = next()) {
      auto result = result_of(*what);
      const std::lock_guard lock{mutex_};
      results_.put(what->index, std::move(result));
      news_.notify_one();
    }
    const std::lock_guard lock{mutex_};
    --working_;
    news_.notify_one();
  }

  void tell() {
    std::unique_lock lock{mutex_};
    while (true) {
      const bool last = working_ == 0;
      auto result = results_.take();
      if (!result && last) return;
      if (!result) news_.wait_for(lock, defaults::stream_glance);
      if (!result) result = results_.take();
      if (result) ++told_;
      // Also for who waits for room, and could not be told by a signal's handler to stop.
      room_.notify_all();
      lock.unlock();
      tell_one(result ? &*result : nullptr);
      lock.lock();
    }
  }

  void tell_one(const stream_result* result) {
    if (broken_telling_) return;
    try {
      work_.tell(result);
    } catch (...) {
      broken_telling_ = std::current_exception();
      stop_.raise();
    }
  }

  input_source& source_;
  const stream_work& work_;
  stop_flag& stop_;
  std::exception_ptr broken_telling_;

  std::mutex source_mutex_;  // taken before the other one
  std::string broken_;

  std::mutex mutex_;
  std::condition_variable room_;
  std::condition_variable news_;
  result_order results_;
  std::size_t given_ = 0;
  std::size_t told_ = 0;
  std::size_t working_ = 0;
  bool ended_ = false;
};

}  // namespace

void result_order::put(std::size_t index, stream_result result) {
  kept_.emplace(unordered_ ? arrived_ : index, std::move(result));
  ++arrived_;
}

std::optional<stream_result> result_order::take() {
  const auto first = kept_.find(taken_);
  if (first == kept_.end()) return std::nullopt;
  ++taken_;
  return std::move(kept_.extract(first).mapped());
}

std::string run_stream(input_source& source, const stream_work& work, stop_flag& stop) {
  return stream_run{source, work, stop}.run();
}

infer_reply ask_patiently(const std::function<infer_reply()>& ask, const stop_flag& stop,
                          const std::function<void(const node_is_busy&)>& tell) {
  for (unsigned tries = 0;; ++tries) {
    try {
      return ask();
    } catch (const node_is_busy& e) {
      if (tries == defaults::busy_retries || stop.raised()) throw;
      tell(e);
      if (stop.wait_for(e.after)) throw;
    }
  }
}

}  // namespace bramble
