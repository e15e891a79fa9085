#include "console/output_files.hpp"

#include "config/base/error.hpp"
#include "config/base/files.hpp"
#include "model/image/tensor_file.hpp"

namespace bramble {
namespace {

namespace fs = std::filesystem;

std::string resolved(const fs::path& file) {
  std::error_code ignored;
  const auto out = fs::weakly_canonical(file, ignored);
  return ignored ? fs::absolute(file).lexically_normal().string() : out.string();
}

}  // namespace

output_files::output_files(fs::path folder) : folder_{std::move(folder)} {
  if (!wanted()) return;
  std::error_code failed;
  fs::create_directories(folder_, failed);
  if (failed || !fs::is_directory(folder_, failed))
    throw user_error("Outputs cannot be written to " + folder_.string() + ": " +
                     (failed ? failed.message() : "it is no folder") + ".");
}

void output_files::keep(const std::vector<std::string>& inputs) {
  if (!wanted()) return;
  const std::lock_guard lock{mutex_};
  for (const auto& input : inputs) kept_.insert(resolved(input));
}

std::string output_files::claim(const std::string& input) {
  if (!wanted()) return {};
  const std::lock_guard lock{mutex_};
  const auto [owner, is_new] = inputs_by_stem_.emplace(fs::path{input}.stem().string(), input);
  // One that is answered again, as a watched file is that was written again, has new outputs.
  if (is_new || owner->second == input) return {};
  return "Its output would overwrite " + target(input, "") + ", which is that of " + owner->second +
         "; rename one, or ask about them one after the other.";
}

std::string output_files::target(const std::string& input, const std::string& which) const {
  return (folder_ / (fs::path{input}.stem().string() + which + ".npy")).string();
}

bool output_files::is_input(const std::string& file) {
  const std::lock_guard lock{mutex_};
  return kept_.contains(resolved(file));
}

std::vector<std::string> output_files::write(const std::string& input,
                                             const std::vector<host_tensor>& outputs) {
  std::vector<std::string> files;
  if (!wanted()) return files;
  keep({input});
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    files.push_back(target(input, outputs.size() == 1 ? "" : "_" + std::to_string(i)));
    if (is_input(files.back()))
      throw user_error("Its output would overwrite the input " + files.back() +
                       "; give --output another folder.");
    write_file_atomically(files.back(),
                          encode_npy(outputs[i].shape, outputs[i].type, outputs[i].bytes));
  }
  return files;
}

}  // namespace bramble
