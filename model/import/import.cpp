#include "model/import/import.hpp"

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "config/defaults.hpp"
#include "model/import/convert.hpp"
#include "model/import/inception_v4.hpp"
#include "model/import/save_torchscript.hpp"

namespace bramble {
namespace {

byte_span bytes_of(const at::Tensor& tensor) {
  return {static_cast<const std::uint8_t*>(tensor.data_ptr()), tensor.nbytes()};
}

/// Writes a model and takes back what it wrote unless it came to the end.
class store_transaction {
 public:
  explicit store_transaction(const model_store& store) : store_{store} {}
  store_transaction(const store_transaction&) = delete;
  store_transaction& operator=(const store_transaction&) = delete;
  ~store_transaction() {
    if (done_) return;
    try {
      if (!new_manifest_.empty())
        store_.remove(new_manifest_);
      else
        store_.remove_unused({blobs_.begin(), blobs_.end()});
    } catch (const std::exception&) {
      // The first failure is on its way to the user; this one (a read-only disk, say) adds nothing.
      done_ = true;
    }
  }

  void put_weights(converted_model& converted, const import_progress& progress) {
    double all = 0, done = 0;
    for (const auto& tensor : converted.weights) all += static_cast<double>(tensor.nbytes());
    for (std::size_t i = 0; i < converted.weights.size(); ++i) {
      const auto bytes = bytes_of(converted.weights[i]);
      const auto sha256 = store_.put_blob(bytes);
      converted.model.weights[i].sha256 = sha256;
      if (blobs_.insert(sha256).second) weight_bytes_ += bytes.size();
      done += static_cast<double>(bytes.size());
      report(progress, "storing weights", done / all);
      converted.weights[i] = at::Tensor{};  // no longer needed: halves the peak
    }
  }

  void put_manifest(import_result& result) {
    const auto id = identity(result.model);
    if (!store_.has_manifest(id)) new_manifest_ = id;
    result.identity = store_.put_manifest(result.model);
    result.weight_bytes = weight_bytes_;
    // `model rm` of a model with the same weights may have come in between.
    if (!store_.missing_blobs(result.model).empty())
      throw user_error("Weights of \"" + result.name +
                       "\" were removed while it was being imported; import it again.");
    store_.set_name(result.name, result.identity);
    done_ = true;
  }

 private:
  const model_store& store_;
  std::set<std::string> blobs_;
  std::uint64_t weight_bytes_ = 0;
  std::string new_manifest_;
  bool done_ = false;
};

import_result store_model(const model_store& store, converted_model converted, manifest m,
                          const std::string& name, const import_progress& progress) {
  store_transaction transaction{store};
  transaction.put_weights(converted, progress);
  m.model = std::move(converted.model);
  import_result result{name, {}, std::move(m), 0};
  transaction.put_manifest(result);
  return result;
}

}  // namespace

import_result import_torchscript(const model_store& store, const import_request& request,
                                 const import_progress& progress) {
  const auto name = request.name.empty() ? model_name_of_file(request.file) : request.name;
  model_store::check_name(name);
  manifest m;
  m.mean = request.mean;
  m.deviation = request.deviation;
  auto converted = [&] {
    const auto flat = flatten_torchscript(request.file, request.shapes, progress);
    m.remark = flat.remark;
    report(progress, "converting", 0);
    return convert(flat, name, request.file);
  }();
  return store_model(store, std::move(converted), std::move(m), name, progress);
}

import_result build_inception_v4(const model_store& store, std::uint32_t seed,
                                 const std::string& name, const import_progress& progress,
                                 const std::string& torchscript) {
  model_store::check_name(name);
  manifest m;
  m.mean = {0.5F, 0.5F, 0.5F};
  m.deviation = {0.5F, 0.5F, 0.5F};
  auto converted = [&] {
    const auto flat = make_inception_v4(seed, progress);
    if (!torchscript.empty()) save_torchscript(flat, torchscript);
    m.remark = flat.remark;
    report(progress, "converting", 0);
    return convert(flat, name, "Inception-v4");
  }();
  return store_model(store, std::move(converted), std::move(m), name, progress);
}

std::string model_name_of_file(const std::string& file) {
  auto name = std::filesystem::path{file}.stem().string();
  for (auto& c : name) {
    const auto u = static_cast<unsigned char>(c);
    const bool plain = (u >= 'A' && u <= 'Z') || (u >= 'a' && u <= 'z') || (u >= '0' && u <= '9') ||
                       c == '.' || c == '-';
    if (!plain) c = '_';
  }
  if (!name.empty() && name.front() == '.') name.front() = '_';
  name.resize(std::min(name.size(), defaults::model_name_limit));
  return name.empty() ? "model" : name;
}

}  // namespace bramble
