#include "model/store/name_record.hpp"

#include <algorithm>
#include <sstream>

#include "config/base/files.hpp"
#include "config/base/hash.hpp"
#include "config/defaults_names.hpp"
#include "model/store/store_files.hpp"

namespace bramble {

std::string name_record::stamp() const {
  return sha256_hex(as_bytes(format_name_record(*this))).substr(0, defaults::name_stamp_digits);
}

bool name_record::replaces(const name_record& other) const {
  return std::count(earlier.begin(), earlier.end(), other.stamp()) != 0;
}

name_record decide_name(const std::string& identity, const std::vector<name_record>& known) {
  name_record out{identity};
  const auto add = [&](const std::string& stamp) {
    if (out.earlier.size() < defaults::name_history_most &&
        std::count(out.earlier.begin(), out.earlier.end(), stamp) == 0)
      out.earlier.push_back(stamp);
  };
  for (const auto& each : known) add(each.stamp());
  for (const auto& each : known)
    for (const auto& stamp : each.earlier) add(stamp);
  return out;
}

std::string format_name_record(const name_record& record) {
  auto text = record.identity;
  for (const auto& stamp : record.earlier) text += "\n" + stamp;
  return text;
}

name_record parse_name_record(const std::string& text, const std::string& where) {
  name_record out;
  std::istringstream lines{text};
  std::getline(lines, out.identity);
  for (std::string line; std::getline(lines, line);) out.earlier.push_back(line);
  validate(out, where);
  return out;
}

void validate(const name_record& record, const std::string& where) {
  const auto is_stamp = [](const std::string& text) {
    return text.size() == defaults::name_stamp_digits && is_hex(text);
  };
  if (!is_digest(record.identity) || record.earlier.size() > defaults::name_history_most ||
      !std::all_of(record.earlier.begin(), record.earlier.end(), is_stamp))
    throw user_error(where + ": this names no model.");
}

}  // namespace bramble
