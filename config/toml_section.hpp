#pragma once

#include <toml++/toml.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/base/error.hpp"

namespace bramble {

/// Reads TOML text; `file` names it in messages. Throws `user_error` with line and column.
toml::table parse_toml(std::string_view text, const std::string& file);

/// One table of a TOML file, read key by key. Every function throws `user_error` with file, line,
/// column and key for a value that is not as asked; a key that is missing is no mistake. In the
/// end, `finish` complains about keys that nobody asked for.
class toml_section {
 public:
  /// Keeps a reference to `table`. `prefix` stands before keys in messages: "node.", or nothing.
  toml_section(const toml::table& table, std::string file, std::string prefix)
      : table_{table}, file_{std::move(file)}, prefix_{std::move(prefix)} {}

  /// Null when it is missing.
  const toml::node* find(std::string_view key);

  /// How messages about this value begin.
  std::string at(const toml::node& value, std::string_view key) const;

  [[noreturn]] void wrong_type(const toml::node& value, std::string_view key,
                               const std::string& wanted) const;

  /// Runs `use(text, what)` on the string at `key`, where there is one.
  template <class Use>
  void text(std::string_view key, Use use) {
    const auto* value = find(key);
    if (value == nullptr) return;
    const auto* string = value->as_string();
    if (string == nullptr) wrong_type(*value, key, "a text in quotes");
    use(string->get(), at(*value, key));
  }

  template <class Integer>
  void integer(std::string_view key, std::int64_t least, std::int64_t most, Integer& out) {
    if (const auto found = whole_number(key, least, most)) out = static_cast<Integer>(*found);
  }

  void flag(std::string_view key, bool& out);

  void number(std::string_view key, double least, double most, std::optional<double>& out);

  /// Runs `read` on the table at `key`, where there is one, and then its `finish`.
  template <class Read>
  void table(std::string_view key, Read read) {
    const auto* value = find(key);
    if (value == nullptr) return;
    const auto* inner = value->as_table();
    if (inner == nullptr) wrong_type(*value, key, "a table, as in [" + std::string{key} + "]");
    toml_section inside{*inner, file_, prefix_ + std::string{key} + "."};
    read(inside);
    inside.finish();
  }

  void finish() const;

 private:
  std::optional<std::int64_t> whole_number(std::string_view key, std::int64_t least,
                                           std::int64_t most);

  const toml::table& table_;
  std::string file_;
  std::string prefix_;
  std::vector<std::string> known_;
};

}  // namespace bramble
