#pragma once

#include <torch/csrc/jit/ir/ir.h>

#include <deque>
#include <stdexcept>

#include "model/import/memory_metadata.hpp"
#include "model/import/view_step.hpp"

namespace bramble {

/// Says, after the name of the op at hand, why a write cannot be rewritten.
struct not_followed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A piece of memory, known by the tensor that it was made for.
struct window_memory;

/// A tensor of a trace: the whole of a memory, or a part seen in a larger window.
struct tensor_window {
  static constexpr std::size_t stale = static_cast<std::size_t>(-1);

  window_memory* memory = nullptr;
  tensor_window* parent = nullptr;
  view_step step;                      ///< from the parent
  bool can_be_seen = true;             ///< false: by an op that no step is known of
  bool can_be_written = true;          ///< false: it shows the bytes as another type
  torch::jit::Value* value = nullptr;  ///< what it shows after ...
  std::size_t after = stale;           ///< ... so many writes into its memory

  bool is_fresh() const;
};

struct window_memory {
  std::size_t writes = 0;
  memory_facts facts;
  tensor_window* whole = nullptr;
};

/// Follows what tensors that share memory show while it is written into: a write makes a new value
/// of the whole memory, and every window is seen in it anew when it is read. Ops are put at the
/// graph's insert point.
class tensor_windows {
 public:
  explicit tensor_windows(torch::jit::Graph& graph) : graph_{graph} {}

  /// The window of a tensor with memory of its own.
  tensor_window* add_memory(torch::jit::Value* value, const memory_facts& facts);
  /// A window in `whole`. Its value is not set but taken to be of now.
  tensor_window* add_view(tensor_window* whole, const traced_view& view, bool same_type);

  torch::jit::Value* read(tensor_window* w);
  void write(tensor_window* w, torch::jit::Value* content);

 private:
  void write_elements(tensor_window* w, const std::vector<tensor_window*>& way,
                      torch::jit::Value* content);

  torch::jit::Graph& graph_;
  std::deque<window_memory> memories_;
  std::deque<tensor_window> windows_;
};

}  // namespace bramble
