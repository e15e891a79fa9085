#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "config/base/codec.hpp"

namespace bramble {

/// A model as a directed acyclic graph of ops: plain data, made at import, the same bytes on every
/// node. Values (tensors) are numbered in the order they are made; ops stand in topological order.
using op_id = std::uint32_t;
using value_id = std::uint32_t;
using weight_id = std::uint32_t;

inline constexpr std::uint32_t no_id = 0xFFFFFFFF;

enum class element_type : std::uint8_t { f32, f16, f64, i64, i32, i16, i8, u8, boolean };

/// Bytes of one element.
std::size_t size_of(element_type type);

/// Every tensor that is not a weight. `shape` is exact: the shape given at import is the contract.
struct value_info {
  std::vector<std::int64_t> shape;
  element_type type = element_type::f32;
  op_id producer = no_id;  ///< no_id for the graph's inputs

  template <class Archive>
  void serialize(Archive& archive) {
    archive(shape, type, producer);
  }
};

/// A constant tensor; its bytes are a blob of the model store, named by their SHA-256.
struct weight_info {
  std::vector<std::int64_t> shape;
  element_type type = element_type::f32;  ///< what ops see
  std::string sha256;
  /// The blob holds every element in half precision, which is exactly the f32 that `type` says:
  /// half the bytes on disk and on the wire. The runtime widens it again.
  bool stored_as_half = false;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(shape, type, sha256, stored_as_half);
  }
};

/// Bytes of a weight's blob.
std::uint64_t blob_bytes(const weight_info& weight);

enum class op_kind : std::uint8_t {
  convolution,             ///< inputs {x} or {x, residual}; weights {w} or {w, bias}
  transposed_convolution,  ///< inputs {x}; weights {w} or {w, bias}
  max_pool,                ///< inputs {x}
  avg_pool,                ///< inputs {x}
  upsample,                ///< inputs {x}; `resize` says how
  elementwise,  ///< any number of inputs of the output's shape, or broadcast to it; `call` says
                ///< what
  per_pixel,    ///< inputs {x}; every pixel's channels come from the same pixel's alone: `call` on
                ///< a matrix of pixels by channels
  concat,       ///< inputs along the channel axis; weights {} or {scale, shift} of each channel,
                ///< which with the activation are a batch norm that read nothing else
  select,       ///< inputs {x}; output channel c is input channel `channels[c]`
  reshape,      ///< inputs {x}; the same bytes in memory under another shape; runs whole
  atom,         ///< anything else: runs whole on one node; `call` says what
  // Of these a manifest has fields that those before do not bring (`op::serialize`).
  product,  ///< inputs {left, right}: products of matrices, as in attention; `product` says which
  take,  ///< inputs and weights (rows x columns x channels); rows, or columns, are `taken` of them
  regroup,        ///< inputs {x}; the same pixels in their order in other rows and columns
  window_product  ///< as product, in each window of pixels by itself; `product` and `windows`
};
inline constexpr std::size_t op_kinds = static_cast<std::size_t>(op_kind::window_product) + 1;

const char* name_of(op_kind kind);

/// The sliding window of a convolution or pooling; [0] is rows (H), [1] is columns (W).
struct window {
  std::array<std::int64_t, 2> kernel{1, 1};
  std::array<std::int64_t, 2> stride{1, 1};
  std::array<std::int64_t, 2> padding{0, 0};
  std::array<std::int64_t, 2> dilation{1, 1};
  bool count_include_pad = true;      ///< average pooling only
  std::int64_t divisor_override = 0;  ///< average pooling only; 0: none

  template <class Archive>
  void serialize(Archive& archive) {
    archive(kernel, stride, padding, dilation, count_include_pad, divisor_override);
  }
};

/// Where an upsampling finds the pixels it reads; [0] is rows, [1] is columns. In floats, as
/// LibTorch computes it; see `source_of`.
struct resampling {
  enum class kind_t : std::uint8_t { nearest, nearest_exact, bilinear } kind = kind_t::nearest;
  bool align_corners = false;        ///< bilinear only: the corner pixels' centres stay in place
  std::array<float, 2> scale{1, 1};  ///< input pixels per output pixel

  template <class Archive>
  void serialize(Archive& archive) {
    archive(kind, align_corners, scale);
  }
};

/// What a convolution applies to its sum (after the residual was added), or a concat to what it
/// scaled and shifted: max(0, x) or a clamp.
struct fused_activation {
  enum class kind_t : std::uint8_t { none, relu, clip } kind = kind_t::none;
  float low = 0.0F;
  float high = 0.0F;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(kind, low, high);
  }
};

/// Where one side of a product lies in its map. Heads are ranges of channels, or columns.
struct product_side {
  std::int64_t first = 0;  ///< channel of the first element of the first head
  std::int64_t step = 0;   ///< channels from a head to the next; 0: heads are columns

  template <class Archive>
  void serialize(Archive& archive) {
    archive(first, step);
  }
};

/// For every head, rows of `left` times rows or columns of `right`: the scores of attention
/// (queries with keys), or the sums of values that these weigh. An output row reads the same row of
/// `left`, and all rows of its block of `right`.
struct matrix_product {
  std::int64_t blocks = 1;  ///< the rows of all maps are so many equal parts, multiplied each alone
  std::int64_t heads = 1;
  std::int64_t depth = 1;  ///< how many products each sum has; channels of a head of `left`
  product_side left;
  product_side right;
  bool by_rows = false;  ///< an output channel is a row of `right`; else a channel of its head
  bool joined = false;   ///< the heads' outputs are ranges of channels; else columns
  double scale = 1;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(blocks, heads, depth, left, right, by_rows, joined, scale);
  }
};

/// Windows that lie side by side and cover a map, as in Swin: a pixel meets those of its own alone.
/// Scores are a map of as many channels as a window has pixels, row by row, and of a column for
/// each head of each pixel, the heads of a pixel side by side; sums have the heads' channels behind
/// each other.
struct pixel_windows {
  std::int64_t rows = 1;  ///< of pixels in a window
  std::int64_t columns = 1;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(rows, columns);
  }
};

/// Rows (or columns) that follow each other in one source, an input or, counted on, a weight.
struct taken_run {
  std::uint32_t source = 0;
  std::int64_t first = 0;
  std::int64_t count = 0;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(source, first, count);
  }
};
struct taken_rows {
  bool columns = false;
  std::vector<taken_run> runs;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(columns, runs);
  }
};

/// One argument of a call through LibTorch's operator registry.
struct nothing {
  template <class Archive>
  void serialize(Archive&) {}
};
struct value_ref {
  value_id id = no_id;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(id);
  }
};
struct weight_ref {
  weight_id id = no_id;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(id);
  }
};
struct tensor_list {  ///< a list of tensors, any of which may be a value or a weight
  std::vector<std::variant<nothing, value_ref, weight_ref>> items;
  template <class Archive>
  void serialize(Archive& archive) {
    archive(items);
  }
};
using argument = std::variant<nothing, value_ref, weight_ref, tensor_list, std::int64_t, double,
                              bool, std::vector<std::int64_t>, std::vector<double>, std::string>;

/// "aten::relu" with overload "" and its arguments in the schema's order.
struct registry_call {
  std::string schema;
  std::string overload;
  std::vector<argument> arguments;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(schema, overload, arguments);
  }
};

struct op {
  op_kind kind = op_kind::atom;
  std::string name;               ///< for people: "conv 7 3x3/2", "aten::cat"
  std::vector<value_id> inputs;   ///< what it reads, in the order of its kind; no duplicates needed
  std::vector<value_id> outputs;  ///< one, except for atoms
  std::vector<weight_id> weights;
  window win;
  std::int64_t groups = 1;
  fused_activation activation;
  resampling resize;                   ///< upsample only
  std::vector<std::int64_t> channels;  ///< select only
  registry_call call;                  ///< elementwise, per_pixel and atom only
  matrix_product product;              ///< product and window_product only
  taken_rows taken;                    ///< take only
  pixel_windows windows;               ///< window_product only

  template <class Archive>
  void serialize(Archive& archive) {
    archive(kind, name, inputs, outputs, weights, win, groups, activation, resize, channels, call);
    // What models had before these came keeps its bytes, and with them its identity.
    if (kind == op_kind::product) archive(product);
    if (kind == op_kind::take) archive(taken);
    if (kind == op_kind::window_product) archive(product, windows);
  }
};

struct graph {
  std::string name;
  std::vector<value_info> values;
  std::vector<weight_info> weights;
  std::vector<op> ops;            ///< topological order
  std::vector<value_id> inputs;   ///< what the host brings
  std::vector<value_id> outputs;  ///< what the host wants

  template <class Archive>
  void serialize(Archive& archive) {
    archive(name, values, weights, ops, inputs, outputs);
  }
};

/// Throws `user_error` (starting with `where`) unless every id is in range, ops are in topological
/// order, each value is made once, shapes are positive and bounded, and windows fit their shapes.
/// After this every function below is safe on `g`. Anything read from a file or peer goes through
/// it.
void validate(const graph& g, const std::string& where);

/// The ops that read each value, ascending; index: value_id.
std::vector<std::vector<op_id>> consumers(const graph& g);

/// Multiply-accumulates of a whole op; 0 for what has none (pooling, concat, elementwise, unknown).
double macs(const graph& g, op_id id);
double total_macs(const graph& g);

std::uint64_t element_count(const std::vector<std::int64_t>& shape);

/// True when a tensor of shape `from` broadcasts to shape `to`, by LibTorch's rules; a single
/// element always does.
bool broadcasts(const std::vector<std::int64_t>& from, const std::vector<std::int64_t>& to);

}  // namespace bramble
