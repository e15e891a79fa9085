#include "balancer/devices/device_file.hpp"

#include <algorithm>

#include "config/base/files.hpp"
#include "config/defaults_devices.hpp"
#include "config/parse.hpp"
#include "config/toml_section.hpp"

namespace bramble {
namespace {

class device_reader {
 public:
  device_reader(const toml::table& table, std::string file)
      : file_{std::move(file)}, root_{table, file_, ""} {}

  device_description run() {
    root_.text("name", [&](const std::string& name, const std::string& what) {
      if (!is_text(name)) throw user_error(what + " must be text.");
      out_.name = name;
    });
    root_.integer("cores", 1, defaults::device_cores_most, out_.cores);
    kernels("dense_3x3", out_.dense_3x3);
    kernels("dense", out_.dense);
    kernels("depthwise", out_.depthwise);
    section("memory", [&](toml_section& from) {
      out_.memory_gb_per_s = required(from, "memory", "gb_per_s");
      out_.last_cache_mb = required(from, "memory", "last_cache_mb");
      out_.likely_gb_per_s = {out_.memory_gb_per_s, out_.memory_gb_per_s};
      likely_range(from);
    });
    section("op", [&](toml_section& from) { out_.op_fixed_ms = required(from, "op", "fixed_ms"); });
    section("network", [&](toml_section& from) { read_network(from); });
    section("cipher", [&](toml_section& from) { read_ciphers(from); });
    root_.finish();
    return std::move(out_);
  }

 private:
  template <class Read>
  void section(const std::string& key, Read read) {
    bool is_there = false;
    root_.table(key, [&](toml_section& from) {
      is_there = true;
      read(from);
    });
    if (!is_there) throw user_error(file_ + ": the table [" + key + "] is missing.");
  }

  static std::optional<double> figure(toml_section& from, std::string_view key) {
    std::optional<double> value;
    from.number(key, defaults::device_figure_least, defaults::device_figure_most, value);
    return value;
  }

  double required(toml_section& from, const std::string& table, std::string_view key) const {
    const auto value = figure(from, key);
    if (!value) throw user_error(file_ + ": " + table + "." + std::string{key} + " is missing.");
    return *value;
  }

  void kernels(const std::string& key, kernel_rate& to) {
    section(key, [&](toml_section& from) {
      to.gmacs = required(from, key, "gmacs");
      from.integer("tile_rows", 1, defaults::device_tile_most, to.tile_rows);
      from.integer("tile_pixels", 1, defaults::device_tile_most, to.tile_pixels);
      from.integer("tile_channels", 1, defaults::device_tile_most, to.tile_channels);
    });
  }

  void likely_range(toml_section& from) {
    constexpr std::string_view key = "likely_gb_per_s";
    const auto* value = from.find(key);
    if (value == nullptr) return;
    const auto* ends = value->as_array();
    const std::string wanted = "two numbers around gb_per_s, such as [3.5, 5.5]";
    if (ends == nullptr || ends->size() != 2) from.wrong_type(*value, key, wanted);
    for (std::size_t i = 0; i < 2; ++i) {
      const auto end = ends->get(i)->value<double>();
      if (!end || !(*end >= defaults::device_figure_least && *end <= defaults::device_figure_most))
        from.wrong_type(*value, key, wanted);
      out_.likely_gb_per_s[i] = *end;
    }
    if (out_.likely_gb_per_s[0] > out_.memory_gb_per_s ||
        out_.likely_gb_per_s[1] < out_.memory_gb_per_s)
      from.wrong_type(*value, key, wanted);
  }

  void read_network(toml_section& from) {
    out_.nic_mbit = required(from, "network", "nic_mbit");
    out_.message_ms = required(from, "network", "message_ms");
    out_.sent_ms_per_mb = required(from, "network", "sent_ms_per_mb");
    out_.received_ms_per_mb = required(from, "network", "received_ms_per_mb");
    out_.fp16_ms_per_mb = figure(from, "fp16_ms_per_mb").value_or(out_.fp16_ms_per_mb);
    out_.int8_ms_per_mb = figure(from, "int8_ms_per_mb").value_or(out_.int8_ms_per_mb);
  }

  /// Nodes agree on the one that is quickest for them.
  void read_ciphers(toml_section& from) {
    for (const std::string cipher : {"chacha20-poly1305", "aes-gcm"})
      if (const auto rate = figure(from, cipher); rate && *rate > out_.cipher.mb_per_s)
        out_.cipher = {cipher, *rate};
    if (out_.cipher.mb_per_s == 0)
      throw user_error(file_ + ": cipher needs chacha20-poly1305 or aes-gcm, in MB/s.");
  }

  std::string file_;
  toml_section root_;
  device_description out_;
};

device_description described(const std::string& id) {
  if (id.ends_with(".toml"))
    return parse_device(as_text(read_file(id, defaults::device_file_limit_bytes)), id);
  std::string known;
  for (const auto& device : shipped_devices()) {
    if (device.id == id) return parse_device(device.text, id + ".toml");
    known += (known.empty() ? "" : ", ") + std::string{device.id};
  }
  throw user_error("There is no description of a device " + printable(id) + "; there are " + known +
                   ", and files: FILE.toml.");
}

}  // namespace

device_description parse_device(std::string_view text, const std::string& file) {
  const auto table = parse_toml(text, file);
  return device_reader{table, file}.run();
}

device_description find_device(const std::string& spec) {
  const auto at = spec.rfind('@');
  const auto id = spec.substr(0, at);
  auto device = described(id);
  device.id = id;
  if (at == std::string::npos) return device;
  const auto factor =
      parse_number(spec.substr(at + 1), defaults::device_factor_least, defaults::device_factor_most,
                   "The factor of device " + printable(id));
  return at_speed(std::move(device), factor);
}

}  // namespace bramble
