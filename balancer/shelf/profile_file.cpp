#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <sstream>
#include <unordered_map>

#include "balancer/shelf/profile.hpp"
#include "balancer/shelf/profile_tokens.hpp"
#include "config/base/files.hpp"
#include "config/defaults.hpp"
#include "config/parse.hpp"

namespace bramble {
namespace {

using json = nlohmann::json;

/// The first number behind each letter of an attribute such as "k3x3 s2,2 p0,0 g1 c3>32".
bool read_pair(const std::string& attr, char letter, std::array<std::int64_t, 2>& out) {
  std::istringstream words{attr};
  for (std::string word; words >> word;) {
    if (word[0] != letter) continue;
    long long a = 0, b = 0;
    char between = 0;
    const int read = std::sscanf(word.c_str() + 1, "%9lld%c%9lld", &a, &between, &b);
    if (read == 1) b = a;
    if (read != 1 && (read != 3 || (between != 'x' && between != ','))) return false;
    out = {a, b};
    return true;
  }
  return true;
}

bool begins(const std::string& text, std::string_view with) {
  return text.rfind(with, 0) == 0;
}

class profile_reader {
 public:
  profile_reader(const json& root, const std::string& file) : root_{root}, file_{file} {}

  profiled_model run() {
    if (!root_.is_object() || !root_.contains("nodes") || !root_["nodes"].is_array())
      throw user_error(file_ + " is no profile: it has no list of nodes.");
    auto& g = out_.model;
    const auto name = root_.find("model");
    g.name = name != root_.end() && name->is_string() ? printable(name->get<std::string>())
                                                      : std::string{"profile"};
    if (root_["nodes"].size() > defaults::profile_nodes_limit)
      throw user_error(file_ + " has more than " + std::to_string(defaults::profile_nodes_limit) +
                       " nodes.");
    for (const auto& node : root_["nodes"]) remember_id(node);
    place_ = 0;
    for (const auto& node : root_["nodes"]) {
      read_node(node);
      ++place_;
    }
    find_outputs();
    validate(g, file_);
    return std::move(out_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw user_error(file_ + ": node " + id_ + " " + what + ".");
  }

  const json& field(const json& node, const char* key) const {
    const auto found = node.find(key);
    if (found == node.end()) fail(std::string{"has no "} + key);
    return *found;
  }

  std::int64_t whole(const json& value, const char* key) const {
    if (!value.is_number_integer() ||
        (value.is_number_unsigned() && value.get<std::uint64_t>() >> 40) != 0)
      fail(std::string{"has a "} + key + " that is no whole number");
    return value.get<std::int64_t>();
  }

  double time(const json& value) const {
    const auto ms = value.is_number() ? value.get<double>() : -1;
    if (!std::isfinite(ms) || ms < 0) fail("has an ms that is no time");
    return ms;
  }

  std::string text(const json& node, const char* key) const {
    const auto& value = field(node, key);
    if (!value.is_string()) fail(std::string{"has no text as its "} + key);
    return value.get<std::string>();
  }

  /// All ids first, so that a reader before its producer can be told from one without any.
  void remember_id(const json& node) {
    id_ = "number " + std::to_string(++place_);
    if (!node.is_object()) fail("is no object");
    const auto id = whole(field(node, "id"), "id");
    id_ = std::to_string(id);
    if (!ids_.insert({id, no_id}).second) fail("is there twice");
  }

  void read_node(const json& node) {
    const auto id = node["id"].get<std::int64_t>();
    id_ = std::to_string(id);
    const auto kind = text(node, "op");
    std::vector<std::int64_t> shape;
    const auto& sizes = field(node, "out_shape");
    if (!sizes.is_array()) fail("has an out_shape that is no list");
    for (const auto& size : sizes) shape.push_back(whole(size, "size"));
    // What follows multiplies them.
    if (!bounded_element_count(shape)) fail("has an impossible out_shape");
    auto& g = out_.model;
    const auto inputs = predecessors(node);
    const auto value = static_cast<value_id>(g.values.size());
    value_info info{shape, element_type_of(node, shape), no_id};
    if (kind == "input") {
      if (!inputs.empty()) fail("is an input, but reads something");
      g.values.push_back(info);
      g.inputs.push_back(value);
    } else if (kind == "output") {
      if (inputs.size() != 1 || g.values[inputs[0]].producer == no_id)
        fail("must read the one op whose further output it is");
      info.producer = g.values[inputs[0]].producer;
      g.values.push_back(info);
      g.ops[info.producer].outputs.push_back(value);
    } else {
      info.producer = static_cast<op_id>(g.ops.size());
      g.values.push_back(info);
      g.ops.push_back(make_op(node, kind, inputs, value));
      const auto whole_op = extent(g.values[value]);
      out_.table.ops.push_back(samples_of(node, whole_op.rows.size()));
      out_.table.slices.push_back(slices_of(node, whole_op.channels.size()));
    }
    ids_[id] = value;
  }

  std::vector<value_id> predecessors(const json& node) const {
    const auto& preds = field(node, "preds");
    if (!preds.is_array()) fail("has preds that are no list");
    std::vector<value_id> out;
    for (const auto& pred : preds) {
      const auto from = whole(pred, "pred");
      const auto found = ids_.find(from);
      if (found == ids_.end()) fail("reads node " + std::to_string(from) + ", which is not there");
      if (found->second == no_id)
        fail("reads node " + std::to_string(from) +
             ", which is not made before it: the graph has a cycle or is out of order");
      out.push_back(found->second);
    }
    return out;
  }

  element_type element_type_of(const json& node, const std::vector<std::int64_t>& shape) const {
    const auto bytes = node.find("out_bytes");
    if (bytes == node.end()) return element_type::f32;
    const auto count = static_cast<std::int64_t>(element_count(shape));
    const auto each = count > 0 ? whole(*bytes, "number of out_bytes") / count : 4;
    return each == 8   ? element_type::i64
           : each == 2 ? element_type::f16
           : each == 1 ? element_type::u8
                       : element_type::f32;
  }

  op make_op(const json& node, const std::string& kind, const std::vector<value_id>& inputs,
             value_id value) {
    op o;
    o.name = printable(kind);
    o.inputs = inputs;
    o.outputs = {value};
    o.call.schema = o.name;
    const auto attr = node.contains("attr") ? text(node, "attr") : "";
    const auto weight_bytes =
        node.contains("weight_bytes") ? whole(node["weight_bytes"], "number of weight_bytes") : 0;
    if (weight_bytes < 0) fail("has negative weight_bytes");
    if (begins(kind, "conv2d") || kind == "conv_transpose2d") {
      make_convolution(o, attr, weight_bytes);
    } else if (kind == "upsample") {
      make_upsample(o, attr, node);
    } else if (kind == "select") {
      make_select(o, node);
    } else if (kind == "reshape" || kind == "regroup") {
      o.kind = kind == "reshape" ? op_kind::reshape : op_kind::regroup;
    } else if (kind == "product" || kind == "window_product") {
      make_product(o, node);
    } else if (kind == "take") {
      make_take(o, node);
    } else if (begins(kind, "max_pool2d") || begins(kind, "avg_pool2d")) {
      o.kind = begins(kind, "max") ? op_kind::max_pool : op_kind::avg_pool;
      read_window(o, attr);
    } else if ((kind == "cat" || begins(kind, "cat+")) && joins_channels(o)) {
      o.kind = op_kind::concat;
      read_activation(o);
      const auto channels = out_.model.values[value].shape[1];
      if (contains_word(o.name, "norm"))
        o.weights = {add_weight({channels}), add_weight({channels})};
    } else if (attr == "per_pixel") {
      o.kind = op_kind::per_pixel;
    } else if (attr == "elementwise") {
      o.kind = op_kind::elementwise;
    }
    if (o.weights.empty() && weight_bytes > 0) add_constants(o, weight_bytes / 4);
    return o;
  }

  void read_window(op& o, const std::string& attr) const {
    auto& win = o.win;
    const bool fine = read_pair(attr, 'k', win.kernel) && read_pair(attr, 's', win.stride) &&
                      read_pair(attr, 'p', win.padding) && read_pair(attr, 'd', win.dilation);
    if (!fine || attr.find('k') == std::string::npos)
      fail("has an attr that says no window such as \"k3x3 s1,1 p1,1\"");
  }

  static void read_activation(op& o) {
    if (contains_word(o.name, "relu"))
      o.activation.kind = fused_activation::kind_t::relu;
    else if (contains_word(o.name, "hardtanh") || contains_word(o.name, "clip"))
      o.activation.kind = fused_activation::kind_t::clip;
  }

  void make_upsample(op& o, const std::string& attr, const json& node) const {
    using kind = resampling::kind_t;
    o.kind = op_kind::upsample;
    o.resize.kind = begins(attr, "nearest_exact") ? kind::nearest_exact
                    : begins(attr, "nearest")     ? kind::nearest
                                                  : kind::bilinear;
    o.resize.align_corners = attr.find("align_corners") != std::string::npos;
    const auto& scale = field(node, "scale");
    if (!scale.is_array() || scale.size() != 2 || !scale[0].is_number() || !scale[1].is_number())
      fail("has a scale that is not [rows, columns]");
    o.resize.scale = {scale[0].get<float>(), scale[1].get<float>()};
  }

  void make_select(op& o, const json& node) const {
    o.kind = op_kind::select;
    const auto& list = field(node, "channels");
    if (!list.is_array()) fail("has channels that are no list");
    for (const auto& channel : list) o.channels.push_back(whole(channel, "channel"));
  }

  void make_product(op& o, const json& node) const {
    if (!read_product(node, field(node, "product"), o))
      fail("has a product that does not say what is multiplied");
  }

  void make_take(op& o, const json& node) {
    auto taken = taken_from(field(node, "take"));
    if (!taken) fail("has a take that does not say what is taken");
    o.kind = op_kind::take;
    o.taken = std::move(taken->rows);
    for (auto& shape : taken->constants) o.weights.push_back(add_weight(std::move(shape)));
  }

  void make_convolution(op& o, const std::string& attr, std::int64_t weight_bytes) {
    const bool transposed = o.name == "conv_transpose2d";
    o.kind = transposed ? op_kind::transposed_convolution : op_kind::convolution;
    read_window(o, attr);
    std::array<std::int64_t, 2> groups{1, 1};
    if (!read_pair(attr, 'g', groups)) fail("has an attr with an impossible number of groups");
    o.groups = groups[0];
    read_activation(o);
    const auto& g = out_.model;
    if (o.inputs.empty() || o.groups < 1 || !is_map(g.values[o.inputs[0]]) ||
        !is_map(g.values[o.outputs[0]]))
      fail("is a convolution, but not of one map into another");
    const auto made = g.values[o.outputs[0]].shape[1];
    const auto read = g.values[o.inputs[0]].shape[1];
    std::vector<std::int64_t> shape{made, read / o.groups, o.win.kernel[0], o.win.kernel[1]};
    if (transposed) shape = {read, made / o.groups, o.win.kernel[0], o.win.kernel[1]};
    const auto count = bounded_element_count(shape);
    if (!count) fail("has an impossible weight");
    o.weights = {add_weight(shape)};
    if (weight_bytes != *count * 4) o.weights.push_back(add_weight({made}));
  }

  /// A matrix that the input is multiplied with is told from other constants: it costs work.
  void add_constants(op& o, std::int64_t elements) {
    const auto& g = out_.model;
    const auto name = o.name.substr(begins(o.name, "aten::") ? 6 : 0);
    const bool is_product = name == "linear" || name == "addmm" || name == "matmul" || name == "mm";
    if (is_product && !o.inputs.empty()) {
      const auto& read = g.values[o.inputs[0]].shape;
      const auto& made = g.values[o.outputs[0]].shape;
      const std::int64_t in = read.empty() ? 1 : read.back();
      const std::int64_t out = made.empty() ? 1 : made.back();
      if (const auto count = bounded_element_count({out, in}); count && *count <= elements) {
        o.call.schema = "aten::linear";
        o.weights.push_back(add_weight({out, in}));
        o.call.arguments.emplace_back(weight_ref{o.weights.back()});
        elements -= *count;
      }
    }
    if (elements > 0) o.weights.push_back(add_weight({elements}));
  }

  static bool contains_word(const std::string& name, const std::string& word) {
    return name.find("+" + word) != std::string::npos;
  }

  bool joins_channels(const op& o) const {
    const auto& g = out_.model;
    const auto& out = g.values[o.outputs[0]];
    std::int64_t channels = 0;
    for (auto input : o.inputs) {
      const auto& in = g.values[input];
      if (!is_map(in) || !is_map(out) || in.shape[2] != out.shape[2] || in.shape[3] != out.shape[3])
        return false;
      channels += in.shape[1];
    }
    return !o.inputs.empty() && channels == out.shape[1];
  }

  weight_id add_weight(std::vector<std::int64_t> shape) {
    out_.model.weights.push_back({std::move(shape), element_type::f32, std::string(64, '0')});
    return static_cast<weight_id>(out_.model.weights.size() - 1);
  }

  /// "ms" of the whole op; "samples": [[rows, ms], ...] besides when other sizes were measured.
  std::vector<op_sample> samples_of(const json& node, std::int64_t rows) const {
    const auto found = node.find("samples");
    if (found == node.end()) {
      const auto ms = time(field(node, "ms"));
      return {{rows, ms}};
    }
    return pairs_of<op_sample>(*found, "samples", "rows", rows);
  }

  /// "slices": [[channels, ms], ...] when parts of the channels were measured, all of them last.
  std::vector<slice_sample> slices_of(const json& node, std::int64_t channels) const {
    const auto found = node.find("slices");
    if (found == node.end()) return {};
    auto out = pairs_of<slice_sample>(*found, "slices", "channels", channels);
    if (!out.empty() && out.back().channels != channels)
      fail("has slices, but not of all channels at the end");
    return out;
  }

  template <class Sample>
  std::vector<Sample> pairs_of(const json& list, const std::string& what, const std::string& size,
                               std::int64_t most) const {
    if (!list.is_array()) fail("has " + what + " that are no list");
    std::vector<Sample> out;
    std::int64_t before = 0;
    for (const auto& pair : list) {
      if (!pair.is_array() || pair.size() != 2)
        fail("has " + what + " that are not all [" + size + ", ms]");
      const auto at = whole(pair[0], ("number of " + size).c_str());
      if (at <= before || at > most) fail("has " + what + " that do not ascend by " + size);
      out.push_back({at, time(pair[1])});
      before = at;
    }
    return out;
  }

  void find_outputs() {
    auto& g = out_.model;
    if (const auto named = root_.find("outputs"); named != root_.end()) {
      if (!named->is_array()) throw user_error(file_ + " has outputs that are no list.");
      for (const auto& id : *named) {
        const auto found = id.is_number_integer() ? ids_.find(id.get<std::int64_t>()) : ids_.end();
        if (found == ids_.end())
          throw user_error(file_ + " has an output that is none of its nodes.");
        g.outputs.push_back(found->second);
      }
      return;
    }
    std::vector<bool> is_read(g.values.size(), false);
    for (const auto& o : g.ops)
      for (auto input : o.inputs) is_read[input] = true;
    for (value_id value = 0; value < g.values.size(); ++value)
      if (!is_read[value] && g.values[value].producer != no_id) g.outputs.push_back(value);
  }

  const json& root_;
  const std::string& file_;
  profiled_model out_;
  std::unordered_map<std::int64_t, value_id> ids_;  // no_id: not made yet
  std::size_t place_ = 0;
  std::string id_;  // of the node at hand, for messages
};

}  // namespace

profiled_model parse_profile(std::string_view text, const std::string& name) {
  json root;
  try {
    root = json::parse(text);
  } catch (const json::exception& e) {
    throw user_error(name + " is no JSON: " + printable(e.what(), 160) + ".");
  }
  return profile_reader{root, name}.run();
}

profiled_model read_profile(const std::string& path) {
  return parse_profile(as_text(read_file(path, defaults::profile_file_limit_bytes)), path);
}

}  // namespace bramble
