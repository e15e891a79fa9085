#include "gateway/protocol/json_reader.hpp"

#include <iterator>

#include "config/base/error.hpp"
#include "config/defaults.hpp"
#include "config/defaults_gateway.hpp"
#include "config/parse.hpp"

namespace bramble::gateway {
namespace {

using nlohmann::json;

/// Where the parser is, which the handler moves over what it reads by itself.
struct cursor {
  const char* begin = nullptr;
  const char* at = nullptr;
  const char* end = nullptr;
};

/// As the parser moves it: all copies share one place. The default is the end.
class cursor_iterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  cursor_iterator() = default;
  explicit cursor_iterator(cursor& of) : of_{&of} {}

  reference operator*() const { return *of_->at; }
  cursor_iterator& operator++() {
    ++of_->at;
    return *this;
  }
  cursor_iterator operator++(int) {
    auto before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const cursor_iterator& a, const cursor_iterator& b) {
    return a.is_end() == b.is_end();
  }

 private:
  bool is_end() const { return of_ == nullptr || of_->at == of_->end; }

  cursor* of_ = nullptr;
};

/// nlohmann's callbacks. Exceptions pass through its parser.
class request_handler : public nlohmann::json_sax<json> {
 public:
  explicit request_handler(cursor& at) : at_{at} {}

  json_request take() && { return std::move(out_); }

  bool null() override { return put(nullptr); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(number_integer_t value) override { return put(value); }
  bool number_unsigned(number_unsigned_t value) override { return put(value); }
  bool number_float(number_float_t value, const string_t&) override { return put(value); }
  bool string(string_t& value) override { return put(std::move(value)); }
  bool binary(binary_t&) override { return false; }

  bool start_object(std::size_t) override { return open(json::object()); }
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
    if (is_data()) {
      put(out_.tensors.size(), true);
      open_.push_back(nullptr);  // ends with the bracket that is next for the parser
      at_.at = read_data(at_.at, at_.end, out_.tensors.emplace_back());
      return true;
    }
    return open(json::array());
  }
  bool end_array() override {
    open_.pop_back();
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const json::exception&) override {
    throw user_error("The request is no JSON: what stands before byte " +
                     std::to_string(at_.at - at_.begin) + " does not belong there.");
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
  cursor& at_;
  std::size_t values_ = 0;
};

}  // namespace

json_request read_request(std::string_view text) {
  cursor at{text.data(), text.data(), text.data() + text.size()};
  request_handler handler{at};
  if (!json::sax_parse(cursor_iterator{at}, cursor_iterator{}, &handler))
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
