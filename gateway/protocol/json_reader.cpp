#include "gateway/protocol/json_reader.hpp"

#include "config/base/error.hpp"
#include "config/defaults.hpp"
#include "config/defaults_gateway.hpp"
#include "config/parse.hpp"

namespace bramble::gateway {
namespace {

using nlohmann::json;

/// Collects the elements of one "data".
class data_reader {
 public:
  bool reading() const { return !counts_.empty(); }

  void begin(tensor_numbers& to) {
    to_ = &to;
    counts_.assign(1, 0);
    to_->lengths.clear();
    closed_.clear();
    holds_.assign(1, kind::nothing);
  }

  void open() {
    take(kind::lists);
    counts_.push_back(0);
    holds_.push_back(kind::nothing);
    if (counts_.size() > defaults::shape_dimensions_limit)
      throw user_error("The \"data\" of an input is nested deeper than a tensor can be.");
  }

  /// True when the outermost list has ended.
  bool close() {
    const auto level = counts_.size() - 1;
    if (to_->lengths.size() <= level) to_->lengths.resize(level + 1);
    if (closed_.size() <= level) closed_.resize(level + 1);
    if (closed_[level] && to_->lengths[level] != counts_.back())
      throw user_error("The \"data\" of an input has lists of different lengths.");
    closed_[level] = true;
    to_->lengths[level] = counts_.back();
    counts_.pop_back();
    holds_.pop_back();
    return counts_.empty();
  }

  template <class Value>
  void add(Value value) {
    take(kind::values);
    if (to_->numbers.size() >= static_cast<std::size_t>(defaults::shape_elements_limit))
      throw user_error("The \"data\" of an input has more elements than a tensor can have.");
    to_->numbers.add(value);
  }

 private:
  enum class kind { nothing, lists, values };

  void take(kind what) {
    ++counts_.back();
    if (holds_.back() != kind::nothing && holds_.back() != what)
      throw user_error("The \"data\" of an input mixes elements and lists.");
    holds_.back() = what;
    // Values stand at one depth only.
    if (what == kind::values) {
      if (!to_->lengths.empty() && to_->lengths.size() != counts_.size())
        throw user_error("The \"data\" of an input has elements at different depths.");
    }
  }

  tensor_numbers* to_ = nullptr;
  std::vector<std::size_t> counts_;  ///< by level, of the list that is open there
  std::vector<kind> holds_;
  std::vector<bool> closed_;  ///< a list of that level was there
};

/// nlohmann's callbacks. Exceptions pass through its parser.
class request_handler : public nlohmann::json_sax<json> {
 public:
  json_request take() && { return std::move(out_); }

  bool null() override {
    if (data_.reading()) refuse_data();
    return put(nullptr);
  }
  bool boolean(bool value) override {
    if (data_.reading()) return data_.add(value), true;
    return put(value);
  }
  bool number_integer(number_integer_t value) override {
    if (data_.reading()) return data_.add(static_cast<std::int64_t>(value)), true;
    return put(value);
  }
  bool number_unsigned(number_unsigned_t value) override {
    if (data_.reading()) {
      if (value > static_cast<number_unsigned_t>(INT64_MAX))
        return data_.add(static_cast<double>(value)), true;
      return data_.add(static_cast<std::int64_t>(value)), true;
    }
    return put(value);
  }
  bool number_float(number_float_t value, const string_t&) override {
    if (data_.reading()) return data_.add(value), true;
    return put(value);
  }
  bool string(string_t& value) override {
    if (data_.reading()) refuse_data();
    return put(std::move(value));
  }
  bool binary(binary_t&) override { return false; }

  bool start_object(std::size_t) override {
    if (data_.reading()) refuse_data();
    return open(json::object());
  }
  bool end_object() override {
    open_.pop_back();
    return true;
  }
  bool key(string_t& value) override {
    if (open_.back()->contains(value))
      throw user_error("The request has \"" + printable(value) + "\" twice in one object.");
    key_ = std::move(value);
    return true;
  }
  bool start_array(std::size_t) override {
    if (data_.reading()) return data_.open(), true;
    if (is_data()) {
      put(out_.tensors.size(), true);
      data_.begin(out_.tensors.emplace_back());
      return true;
    }
    return open(json::array());
  }
  bool end_array() override {
    if (data_.reading()) {
      data_.close();
      return true;
    }
    open_.pop_back();
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const json::exception&) override {
    throw user_error("The request is no JSON: what stands at byte " + std::to_string(position) +
                     " does not belong there.");
  }

 private:
  [[noreturn]] static void refuse_data() {
    throw user_error(
        "The \"data\" of an input takes numbers, true and false; models here take "
        "no text.");
  }

  /// The root's "inputs", one of its objects, the "data" of that.
  bool is_data() const {
    return open_.size() == 3 && key_ == "data" && open_[1] == inputs_ && open_[2]->is_object();
  }

  json* put(json&& value, bool) {
    if (++values_ > defaults::gateway_json_values_most)
      throw user_error("The request has too many values beside its tensors.");
    if (open_.empty()) {
      out_.tree = std::move(value);
      return &out_.tree;
    }
    auto& in = *open_.back();
    if (in.is_array()) {
      in.push_back(std::move(value));
      return &in.back();
    }
    auto& at = in[key_];
    at = std::move(value);
    return &at;
  }
  bool put(json value) {
    if (is_data()) refuse_data();
    put(std::move(value), true);
    return true;
  }

  bool open(json&& what) {
    if (is_data()) refuse_data();
    if (open_.size() >= defaults::gateway_json_depth_most)
      throw user_error("The request is nested deeper than any request needs.");
    const bool is_inputs = open_.size() == 1 && open_[0]->is_object() && key_ == "inputs";
    open_.push_back(put(std::move(what), true));
    if (is_inputs) inputs_ = open_.back();
    return true;
  }

  json_request out_;
  std::vector<json*> open_;  ///< from the root on; each is the last of its list, and stays there
  json* inputs_ = nullptr;
  std::string key_;
  data_reader data_;
  std::size_t values_ = 0;
};

}  // namespace

json_request read_request(std::string_view text) {
  request_handler handler;
  if (!json::sax_parse(text.begin(), text.end(), &handler))
    throw user_error("The request is no JSON.");
  auto out = std::move(handler).take();
  if (!out.tree.is_object()) throw user_error("The request is no JSON object.");
  return out;
}

nlohmann::json read_object(std::string_view text) {
  const auto blank = text.find_first_not_of(" \t\r\n") == std::string_view::npos;
  return blank ? json::object() : read_request(text).tree;
}

}  // namespace bramble::gateway
