#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actors/client/node_client.hpp"
#include "console/stop_flag.hpp"
#include "console/stream_inputs.hpp"

namespace bramble {

/// What became of one file.
struct stream_result {
  std::string file;
  std::string line;     ///< for standard output
  std::string failure;  ///< a sentence; empty: it was answered
};

/// Results in the order of their files, or in the order in which they come. Knows no threads.
class result_order {
 public:
  explicit result_order(bool unordered) : unordered_{unordered} {}

  void put(std::size_t index, stream_result result);
  /// The next that may be told.
  std::optional<stream_result> take();

 private:
  bool unordered_;
  std::size_t arrived_ = 0;
  std::size_t taken_ = 0;
  std::map<std::size_t, stream_result> kept_;
};

/// How many files are asked about, and by whom.
struct stream_work {
  std::size_t concurrency = 1;
  bool unordered = false;
  /// For each file in the order of the input, before it is begun: why it is not to be; empty: go
  /// on. One thread at a time.
  std::function<std::string(const std::string& file)> admit;
  /// The answer about one file. On `concurrency` threads; what it throws is the file's failure.
  std::function<stream_result(const std::string& file)> answer;
  /// A failure in the same form.
  std::function<stream_result(const std::string& file, const std::exception& why)> fail;
  /// Each result in turn, on the thread that called; and nothing, when none came for a moment. What
  /// it throws ends the stream when all that is under way is done.
  std::function<void(const stream_result*)> tell;
};

/// Asks about every file of `source` until there is none, or `stop` is raised: then what is under
/// way is finished and told, and nothing else begun. Holds `concurrency` inputs at a time. Returns
/// why the source broke; empty: it did not.
std::string run_stream(input_source& source, const stream_work& work, stop_flag& stop);

/// Asks until the node has not too much to do: again after as long as it says, each time after
/// `tell` has been told, at most defaults::busy_retries times and not when `stop` is raised; then
/// throws what the node said.
infer_reply ask_patiently(const std::function<infer_reply()>& ask, const stop_flag& stop,
                          const std::function<void(const node_is_busy&)>& tell);

}  // namespace bramble
