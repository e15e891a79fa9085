#include "model/plan/calibration.hpp"

#include "config/base/files.hpp"
#include "config/defaults_runtime.hpp"

namespace bramble {
namespace {
namespace fs = std::filesystem;
}

byte_vector encode_calibration(const calibration& c) {
  return encode(c);
}

calibration decode_calibration(byte_span bytes, const std::string& where) {
  auto c = decode<calibration>(bytes, where);
  if (!is_sound(c.table)) throw user_error(where + ": one of its times cannot be.");
  for (auto by : c.table.backends)
    if (by > backend::libtorch) throw user_error(where + ": it names an unknown backend.");
  return c;
}

calibration read_calibration(const fs::path& path) {
  return decode_calibration(read_file(path, defaults::calibration_limit_bytes), path.string());
}

std::string calibration_key_end(const std::string& model_identity) {
  return ", model " + model_identity;
}

std::optional<calibration> newest_calibration(const fs::path& folder,
                                              const std::string& model_identity, std::size_t ops) {
  std::optional<calibration> newest;
  fs::file_time_type time;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator{folder, error}) {
    if (entry.path().extension() != ".calibration") continue;
    const auto written = entry.last_write_time(error);
    if (error || (newest && written <= time)) continue;
    try {
      auto found = read_calibration(entry.path());
      if (!found.key.ends_with(calibration_key_end(model_identity)) ||
          found.table.ops.size() != ops)
        continue;
      newest = std::move(found);
      time = written;
    } catch (const user_error&) {
      continue;  // says the header: as good as none
    }
  }
  return newest;
}

}  // namespace bramble
