#include <fstream>

#include "config/base/files.hpp"
#include "model/plan/calibration.hpp"
#include "model/runtime/calibrate.hpp"

namespace bramble {
namespace {

// Of what is measured and how, and of the file's form.
constexpr int calibration_version = 7;

/// What /proc/cpuinfo says the processor is: "model name" on PCs, "Model" (the board) or the part
/// numbers on ARM.
std::string processor_name() {
  std::ifstream info{"/proc/cpuinfo"};
  std::string name, line;
  while (std::getline(info, line)) {
    if (line.empty() && !name.empty() && name.find("model name") != std::string::npos) break;
    for (const char* key : {"model name", "Model", "Hardware", "CPU part"})
      if (line.rfind(key, 0) == 0 && name.find(line) == std::string::npos) name += line + ";";
  }
  return name.empty() ? "unknown processor" : name;
}

}  // namespace

std::string calibration_key(const runtime_options& options, const std::string& model_identity) {
  return "version " + std::to_string(calibration_version) + ", " + processor_name() + ", threads " +
         std::to_string(options.threads) + ", LibTorch " + libtorch_version() + ", oneDNN " +
         (options.direct_onednn ? onednn_version() : "off") + ", XNNPACK " +
         (options.xnnpack && has_xnnpack() ? "on" : "off") +
         (options.calibration_rest.count() > 0 ? ", with rests" : "") +
         calibration_key_end(model_identity);
}

void save_calibration(const std::filesystem::path& path, const std::string& key,
                      const op_table& table) {
  write_file_atomically(path, encode_calibration({key, table}));
}

std::optional<op_table> load_calibration(const std::filesystem::path& path, const std::string& key,
                                         std::size_t ops) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return {};
  try {
    auto file = read_calibration(path);
    if (file.key != key || file.table.ops.size() != ops || file.table.backends.size() != ops)
      return {};
    return std::move(file.table);
  } catch (const user_error&) {
    return {};  // damaged: measured again, which costs seconds
  }
}

}  // namespace bramble
