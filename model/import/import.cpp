#include "model/import/import.hpp"

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "config/base/hash.hpp"
#include "config/defaults.hpp"
#include "config/defaults_import.hpp"
#include "model/import/convert.hpp"
#include "model/import/inception_v4.hpp"
#include "model/import/save_torchscript.hpp"
#include "model/import/shared_weights.hpp"
#include "model/store/store_claim.hpp"

namespace bramble {
namespace {

byte_span bytes_of(const at::Tensor& tensor) {
  return {static_cast<const std::uint8_t*>(tensor.data_ptr()), tensor.nbytes()};
}

/// Whether `half` is all of `weight`, of which a copy would be the largest thing in memory.
bool loses_nothing(const at::Tensor& half, const at::Tensor& weight) {
  const auto halves = half.reshape({-1}), floats = weight.reshape({-1});
  constexpr auto step = defaults::import_compared_at_once;
  for (std::int64_t i = 0; i < halves.numel(); i += step)
    if (!halves.slice(0, i, i + step).to(at::kFloat).equal(floats.slice(0, i, i + step)))
      return false;
  return true;
}

/// `weight` in half precision where that loses nothing: of a file with halves, all but those that a
/// batch norm was folded into.
at::Tensor narrowed(const at::Tensor& weight) {
  if (weight.scalar_type() != at::kFloat) return weight;
  const auto half = weight.to(at::kHalf);
  return loses_nothing(half, weight) ? half : weight;
}

void store_halves(converted_model& converted) {
  for (std::size_t i = 0; i < converted.weights.size(); ++i) {
    auto& tensor = converted.weights[i];
    tensor = narrowed(tensor);
    converted.model.weights[i].stored_as_half =
        converted.model.weights[i].type == element_type::f32 && tensor.scalar_type() == at::kHalf;
  }
}

/// Writes a model and takes back what it wrote unless it came to the end.
class store_transaction {
 public:
  store_transaction(const model_store& store, const std::string& name)
      : store_{store}, claim_{store}, name_{store, name} {}
  store_transaction(const store_transaction&) = delete;
  store_transaction& operator=(const store_transaction&) = delete;
  ~store_transaction() {
    if (done_ || new_manifest_.empty()) return;
    try {
      store_.remove(new_manifest_);
    } catch (const std::exception&) {
      // The first failure is on its way to the user; this one (a read-only disk, say) adds nothing.
      done_ = true;
    }
  }

  /// Nothing is written, dropped or lost before the name is settled.
  void settle_name(converted_model& converted, const replace_question& may_replace,
                   import_result& result) {
    for (std::size_t i = 0; i < converted.weights.size(); ++i)
      converted.model.weights[i].sha256 = sha256_hex(bytes_of(converted.weights[i]));
    if (converted.images > 1) share_equal_weights(converted);
    result.model.model = std::move(converted.model);
    name_.settle(identity(result.model), may_replace);
    result.replaced = name_.replaced();
    result.was_there = name_.was_there();
  }

  void put_weights(std::vector<at::Tensor>& weights, const import_progress& progress,
                   import_result& result) {
    report(progress, "storing weights", 0);
    const auto& named = result.model.model.weights;
    std::map<std::string, std::uint64_t> blobs;
    for (std::size_t i = 0; i < weights.size(); ++i)
      blobs.emplace(named[i].sha256, bytes_of(weights[i]).size());
    make_room(blobs, result);
    double done = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const auto bytes = bytes_of(weights[i]);
      store_.put_hashed_blob(named[i].sha256, bytes);
      done += static_cast<double>(bytes.size());
      report(progress, "storing weights", done / static_cast<double>(result.weight_bytes));
      weights[i] = at::Tensor{};  // no longer needed: halves the peak
    }
  }

  void put_manifest(import_result& result) {
    const auto id = identity(result.model);
    if (!store_.has_manifest(id)) new_manifest_ = id;
    result.identity = store_.put_manifest(result.model);
    store_.set_name(result.name, name_.confirm());
    done_ = true;
  }

 private:
  void make_room(const std::map<std::string, std::uint64_t>& blobs, import_result& result) {
    std::vector<std::string> names;
    std::uint64_t missing = 0;
    for (const auto& [sha256, bytes] : blobs) names.push_back(sha256);
    claim_.add(names);
    for (const auto& [sha256, bytes] : blobs) {
      result.weight_bytes += bytes;
      if (!store_.has_blob(sha256)) missing += bytes;
    }
    result.dropped = store_.make_room(missing);
  }

  const model_store& store_;
  import_claim claim_;
  name_use name_;
  std::string new_manifest_;
  bool done_ = false;
};

import_result store_model(const model_store& store, converted_model converted, manifest m,
                          const std::string& name, const replace_question& may_replace,
                          const import_progress& progress) {
  store_transaction transaction{store, name};
  import_result result{name, {}, std::move(m), 0, {}};
  transaction.settle_name(converted, may_replace, result);
  transaction.put_weights(converted.weights, progress, result);
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
  m.labels = request.labels;
  m.means = request.means;
  bool halves = false;
  auto converted = [&] {
    const auto flat = flatten_torchscript(request.file, request.inputs, progress);
    m.remark = flat.remark;
    m.input_names = flat.input_names;
    m.output_names = flat.output_names;
    halves = flat.half_weights;
    report(progress, "converting", 0);
    return convert(flat, name, request.file);
  }();
  m.output_names = usable_output_names(std::move(m.output_names), converted.model.outputs.size());
  m.model = std::move(converted.model);
  check_use(m, {"--mean", "--std", request.file, request.labels_file});
  converted.model = std::move(m.model);
  // When nothing else holds the weights: each wide one goes as its half comes.
  if (halves) store_halves(converted);
  return store_model(store, std::move(converted), std::move(m), name, request.may_replace,
                     progress);
}

import_result build_inception_v4(const model_store& store, std::uint32_t seed,
                                 const std::string& name, const import_progress& progress,
                                 const std::string& torchscript,
                                 const replace_question& may_replace) {
  model_store::check_name(name);
  manifest m;
  m.mean = {0.5F};
  m.deviation = {0.5F};
  auto converted = [&] {
    const auto flat = make_inception_v4(seed, progress);
    if (!torchscript.empty()) save_torchscript(flat, torchscript);
    m.remark = flat.remark;
    report(progress, "converting", 0);
    return convert(flat, name, "Inception-v4");
  }();
  return store_model(store, std::move(converted), std::move(m), name, may_replace, progress);
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
