#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "actors/protocol/messages.hpp"
#include "config/format.hpp"
#include "config/parse.hpp"

/// Plain structs by the names of their fields: as JSON, and from what somebody typed. Their
/// `serialize` has the fields in their order; the names are given here once for each type.
namespace bramble {

/// The names of T's fields, in the order in which its `serialize` has them.
template <class T>
struct fields_of;

template <class T>
concept named_struct = requires {
  fields_of<T>::names;
};

template <std::size_t N>
using field_names = std::array<std::string_view, N>;

template <>
struct fields_of<model_load> {
  static constexpr field_names<8> names{"model",     "per_second",    "running",       "queued",
                                        "queued_ms", "queued_p50_ms", "queued_p95_ms", "refused"};
};
template <>
struct fields_of<way_switch> {
  static constexpr field_names<4> names{"from", "to", "why", "seconds_ago"};
};
template <>
struct fields_of<load_way> {
  static constexpr field_names<11> names{"model",   "how",    "why",     "for_s",
                                         "kind",    "wire",   "exact",   "most_per_second",
                                         "running", "queued", "switches"};
};
template <>
struct fields_of<plan_status> {
  static constexpr field_names<6> names{"model", "method",       "host",
                                        "epoch", "predicted_ms", "in_use"};
};
template <>
struct fields_of<node_names> {
  static constexpr field_names<1> names{"names"};
};
template <>
struct fields_of<open_request> {
  static constexpr field_names<11> names{"id",           "model",     "method",   "state",
                                         "age_s",        "running_s", "attempts", "epoch",
                                         "predicted_ms", "nodes",     "run"};
};
template <>
struct fields_of<request_list> {
  static constexpr field_names<2> names{"host", "requests"};
};
template <>
struct fields_of<probe_report::link> {
  static constexpr field_names<4> names{"from", "to", "before_mbit", "after_mbit"};
};
template <>
struct fields_of<probe_report> {
  static constexpr field_names<4> names{"node", "before_speed", "after_speed", "links"};
};

template <class T>
nlohmann::json named_json(const T& value);

/// A struct's fields as a JSON object: an archive for its `serialize`.
class json_fields {
 public:
  explicit json_fields(std::span<const std::string_view> names) : names_{names} {}

  template <class... Ts>
  void operator()(const Ts&... values) {
    ((out_[std::string{names_[at_++]}] = named_json(values)), ...);
  }
  nlohmann::json take() && { return std::move(out_); }
  std::size_t count() const { return at_; }

 private:
  std::span<const std::string_view> names_;
  std::size_t at_ = 0;
  nlohmann::json out_ = nlohmann::json::object();
};

template <class T>
nlohmann::json named_json(const T& value) {
  if constexpr (named_struct<T>) {
    json_fields out{fields_of<T>::names};
    auto copy = value;  // `serialize` is one function for both directions
    copy.serialize(out);
    return std::move(out).take();
  } else if constexpr (std::same_as<T, wire_type>) {
    return name_of(value);
  } else if constexpr (std::is_arithmetic_v<T> || std::same_as<T, std::string>) {
    return value;
  } else {
    auto out = nlohmann::json::array();
    for (const auto& each : value) out.push_back(named_json(each));
    return out;
  }
}

/// What a field of that type takes, for people.
template <class T>
std::string type_for_people() {
  if constexpr (std::same_as<T, bool>)
    return "yes or no";
  else if constexpr (std::same_as<T, wire_type>)
    return "fp32, fp16 or int8";
  else if constexpr (std::integral<T>)
    return "a whole number";
  else if constexpr (std::floating_point<T>)
    return "a number";
  else if constexpr (std::same_as<T, std::string>)
    return "text";
  else
    return "names, divided by commas";
}

/// Reads what was typed for the field `what`. Throws `user_error` that names its type.
template <class T>
void read_typed(const std::string& text, const std::string& what, T& out) {
  const auto refuse = [&] {
    throw user_error(what + " is " + type_for_people<T>() + ", not \"" + text + "\".");
  };
  if constexpr (std::same_as<T, bool>) {
    if (text != "yes" && text != "no" && text != "true" && text != "false") refuse();
    out = text == "yes" || text == "true";
  } else if constexpr (std::same_as<T, wire_type>) {
    for (const auto each : {wire_type::fp32, wire_type::fp16, wire_type::int8})
      if (text == name_of(each)) {
        out = each;
        return;
      }
    refuse();
  } else if constexpr (std::integral<T>) {
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    out = static_cast<T>(parse_integer(text, 0, most, what));
  } else if constexpr (std::floating_point<T>) {
    out = parse_number(text, -1e300, 1e300, what);
  } else if constexpr (std::same_as<T, std::string>) {
    out = text;
  } else {
    out.clear();
    std::string rest = text;
    while (!rest.empty()) {
      const auto comma = rest.find(',');
      if (comma != 0) out.push_back(rest.substr(0, comma));
      rest = comma == std::string::npos ? std::string{} : rest.substr(comma + 1);
    }
  }
}

/// The fields of a struct, with their types: an archive likewise.
class field_lister {
 public:
  explicit field_lister(std::span<const std::string_view> names) : names_{names} {}

  template <class... Ts>
  void operator()(const Ts&...) {
    (fields_.push_back({std::string{names_[fields_.size()]}, type_for_people<Ts>(), false}), ...);
  }
  std::vector<hand_field> take() && { return std::move(fields_); }

 private:
  std::span<const std::string_view> names_;
  std::vector<hand_field> fields_;
};

/// Sets a struct's fields to what was typed for them; others stay as they are.
class field_setter {
 public:
  field_setter(std::span<const std::string_view> names, const std::vector<hand_value>& typed)
      : names_{names}, typed_{typed} {}

  template <class... Ts>
  void operator()(Ts&... values) {
    (set(std::string{names_[at_++]}, values), ...);
  }

 private:
  template <class T>
  void set(const std::string& name, T& value) {
    for (const auto& each : typed_)
      if (each.name == name) read_typed(each.value, name, value);
  }

  std::span<const std::string_view> names_;
  const std::vector<hand_value>& typed_;
  std::size_t at_ = 0;
};

template <named_struct T>
std::vector<hand_field> fields_for_people() {
  field_lister out{fields_of<T>::names};
  T{}.serialize(out);
  return std::move(out).take();
}

template <named_struct T>
T read_fields(const std::vector<hand_value>& typed) {
  T out{};
  field_setter set{fields_of<T>::names, typed};
  out.serialize(set);
  return out;
}

}  // namespace bramble
