#include "model/image/npy_header.hpp"

#include <charconv>

#include "config/base/error.hpp"
#include "config/defaults.hpp"

namespace bramble::detail {
namespace {

/// Recursive descent over the few Python literals that NumPy writes.
class parser {
 public:
  parser(std::string_view text, const std::string& name) : rest_{text}, name_{name} {}

  npy_header dictionary() {
    npy_header out;
    bool type = false, order = false, shape = false;
    expect('{');
    while (!accept('}')) {
      const auto key = quoted();
      expect(':');
      if (key == "descr" && !type) {
        out.type = quoted();
        type = true;
      } else if (key == "fortran_order" && !order) {
        out.fortran_order = truth();
        order = true;
      } else if (key == "shape" && !shape) {
        out.shape = tuple();
        shape = true;
      } else {
        fail();
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_space();
    if (!rest_.empty() || !type || !order || !shape) fail();
    return out;
  }

 private:
  [[noreturn]] void fail() const {
    throw user_error(name_ +
                     ": the header of this .npy file is damaged, or its elements are no "
                     "plain numbers.");
  }

  void skip_space() {
    const auto begin = rest_.find_first_not_of(" \t\n");
    rest_.remove_prefix(begin == std::string_view::npos ? rest_.size() : begin);
  }

  bool accept(char wanted) {
    skip_space();
    if (rest_.empty() || rest_[0] != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void expect(char wanted) {
    if (!accept(wanted)) fail();
  }

  /// Strings in these headers contain neither quotes nor escapes; only printable ones are taken, so
  /// that they can stand in a message.
  std::string quoted() {
    skip_space();
    if (rest_.empty() || (rest_[0] != '\'' && rest_[0] != '"')) fail();
    const auto end = rest_.find(rest_[0], 1);
    if (end == std::string_view::npos) fail();
    const auto text = rest_.substr(1, end - 1);
    if (text.size() > 16) fail();
    for (const char c : text)
      if (c < ' ' || c > '~') fail();
    rest_.remove_prefix(end + 1);
    return std::string{text};
  }

  bool truth() {
    skip_space();
    for (const bool value : {false, true}) {
      const std::string_view word = value ? "True" : "False";
      if (!rest_.starts_with(word)) continue;
      rest_.remove_prefix(word.size());
      return value;
    }
    fail();
  }

  std::int64_t number() {
    skip_space();
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc{} || value < 0) fail();
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }

  std::vector<std::int64_t> tuple() {
    std::vector<std::int64_t> out;
    expect('(');
    while (!accept(')')) {
      if (out.size() == defaults::shape_dimensions_limit) fail();
      out.push_back(number());
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return out;
  }

  std::string_view rest_;
  const std::string& name_;
};

}  // namespace

npy_header parse_npy_header(std::string_view text, const std::string& name) {
  return parser{text, name}.dictionary();
}

}  // namespace bramble::detail
