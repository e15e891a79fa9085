#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "actors/protocol/event_report.hpp"
#include "config/base/wall_clock.hpp"

namespace bramble {

/// What happened to the shelf, as one node sees it: bounded, and on disk, so that it is there after
/// a restart. Any thread may note and ask, and waits for no disk: a thread of the journal writes.
/// A file that is damaged costs the lines that are, and one that cannot be written is told once.
class journal {
 public:
  using clock = std::function<std::uint64_t()>;  ///< ms since 1970

  /// `file`: a JSON object a line; the one before it is `file`.1. Empty: only in memory.
  journal(std::string node, std::filesystem::path file, clock now = milliseconds_since_1970);
  /// Writes what is left.
  ~journal();
  journal(const journal&) = delete;
  journal& operator=(const journal&) = delete;

  void note(const std::string& kind, const std::string& about, const std::string& text);
  event_list events(const event_query& which) const;
  /// Returns when all that was noted is written, or could not be.
  void flush();

 private:
  void read(const std::filesystem::path& file);
  void run(const std::stop_token& stop);
  void write(const std::string& lines);

  const std::string node_;
  const std::filesystem::path file_;
  const clock now_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<shelf_event> events_;
  std::deque<shelf_event> reviews_;
  std::uint64_t last_ = 0;
  std::size_t damaged_ = 0;
  std::string unwritten_;
  bool writing_ = false;
  bool complained_ = false;  // of the thread alone
  std::jthread thread_;      // last: it uses all of the above
};

}  // namespace bramble
