// Runs the operators' tests of the ONNX standard: each has a model of (mostly) one node, inputs and
// outputs. The model is imported, run as a node would, and compared as ONNX compares. A line each:
// the test, its operators, "passed", "refused" or "wrong", and why.
// LibTorch first, see catch.hpp.
#include <ATen/Parallel.h>
#include <torch/script.h>

#include "model/import/import.hpp"
#include "model/import/onnx_module.hpp"
//
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <set>

#include "config/defaults_import.hpp"
#include "config/parse.hpp"
#include "model/import/onnx/file/read_onnx.hpp"
#include "model/import/onnx/operand.hpp"
#include "model/runtime/scalar_type.hpp"
#include "tests/support/simulated_nodes.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bramble;
namespace fs = std::filesystem;

namespace {

// What onnx.backend.test allows; and where larger numbers cancel, their rounding.
constexpr double relative = 1e-3, absolute = 1e-7, of_largest = 1e-6;

struct verdict {
  std::string what, why;
};

/// A tensor of the data, or why it is none: a sequence, say.
struct datum {
  at::Tensor tensor;
  std::string why{};
};

/// bfloat16 is kept there as uint16.
datum read_datum(const fs::path& file, onnx_type type) {
  try {
    auto read = read_onnx_tensor(file.string());
    if (read.type == onnx_type::u16 && type == onnx_type::bf16) read.type = type;
    return {tensor_of(read).contiguous()};
  } catch (const std::exception& error) {
    return {{}, error.what()};
  }
}

std::vector<datum> data_in(const fs::path& folder, const std::string& stem,
                           const std::vector<onnx_value>& values) {
  std::vector<datum> out;
  for (std::size_t i = 0;; ++i) {
    const auto file = folder / (stem + "_" + std::to_string(i) + ".pb");
    if (!fs::exists(file)) return out;
    out.push_back(read_datum(file, i < values.size() ? values[i].type : onnx_type::none));
  }
}

/// "[1,2,3]": the values of an input that decides shapes.
std::string as_text(const at::Tensor& x) {
  std::string out = "[";
  const auto flat = x.reshape({-1});
  for (std::int64_t i = 0; i < flat.numel(); ++i) {
    char number[40];
    if (flat.is_floating_point())
      std::snprintf(number, sizeof number, "%.17g", flat[i].item<double>());
    else
      std::snprintf(number, sizeof number, "%lld",
                    static_cast<long long>(flat[i].item<std::int64_t>()));
    out += (i == 0 ? "" : ",") + std::string{number};
  }
  return out + "]";
}

host_tensor to_host(const at::Tensor& x, element_type type) {
  const auto dense = x.contiguous();
  const auto* bytes = static_cast<const std::uint8_t*>(dense.data_ptr());
  return {dense.sizes().vec(), type, {bytes, bytes + dense.nbytes()}};
}

at::Tensor from_host(const host_tensor& x) {
  return at::from_blob(const_cast<std::uint8_t*>(x.bytes.data()), x.shape, scalar_type(x.type))
      .clone();
}

/// Whole networks are judged by the largest element alone, as the importer judges its graphs.
double network_tolerance = 0;

double allowed(const at::Tensor& want) {
  const auto wide = want.to(at::kDouble).abs();
  const auto largest = at::where(at::isfinite(wide), wide, at::zeros_like(wide)).max();
  return std::max(absolute, std::max(of_largest, network_tolerance) * largest.item<double>());
}

verdict compare(const std::vector<at::Tensor>& made, const std::vector<datum>& wanted) {
  if (made.size() != wanted.size())
    return {"wrong", std::to_string(made.size()) + " outputs where there should be " +
                         std::to_string(wanted.size())};
  for (std::size_t i = 0; i < made.size(); ++i) {
    if (!wanted[i].tensor.defined()) return {"wrong", wanted[i].why};
    const auto& want = wanted[i].tensor;
    const auto number = "output " + std::to_string(i + 1);
    if (made[i].scalar_type() != want.scalar_type())
      return {"wrong", number + " is of " + c10::toString(made[i].scalar_type()) + ", not " +
                           c10::toString(want.scalar_type())};
    if (made[i].sizes() != want.sizes())
      return {"wrong", number + " is " + format_shape(made[i].sizes().vec()) + ", not " +
                           format_shape(want.sizes().vec())};
    if (want.numel() == 0) continue;
    const bool same = want.is_floating_point()
                          ? at::allclose(made[i], want, relative, allowed(want), /*equal_nan=*/true)
                          : at::equal(made[i], want);
    if (same) continue;
    const auto off = at::sub(made[i].to(at::kDouble), want.to(at::kDouble)).abs().max();
    return {"wrong", number + " is off by " + format_number(off.item<double>())};
  }
  return {"passed", ""};
}

/// Inputs without a default.
std::vector<onnx_value> inputs_of(const onnx_model& model) {
  std::set<std::string> constants;
  for (const auto& each : model.graph.constants) constants.insert(each.name);
  std::vector<onnx_value> out;
  for (const auto& each : model.graph.inputs)
    if (constants.count(each.name) == 0) out.push_back(each);
  return out;
}

bool is_open(const onnx_value& input) {
  return !input.shape ||
         std::any_of(input.shape->begin(), input.shape->end(),
                     [](const auto& size) { return std::holds_alternative<std::string>(size); });
}

/// As the importer asks for it: shapes that the file leaves open, and values that decide shapes.
class import_attempt {
 public:
  import_attempt(std::string file, const fs::path& data) : file_{std::move(file)} {
    const auto model = read_onnx(file_);
    values_ = inputs_of(model);
    inputs_ = data_in(data, "input", values_);
    wanted_ = data_in(data, "output", model.graph.outputs);
    for (std::size_t i = 0; i < values_.size() && i < inputs_.size(); ++i)
      if (const auto& x = inputs_[i].tensor; x.defined() && x.dim() > 0 && is_open(values_[i]))
        given_.push_back(parse_import_input(values_[i].name + "=" + format_shape(x.sizes().vec())));
  }

  verdict run() {
    for (;;) {
      try {
        const auto opened = open_onnx(file_, given_);
        if (opened.answers) return compare(*opened.answers, wanted_);
        return imported(opened);
      } catch (const onnx_input_open& open) {
        for (const auto& name : open.names()) bind(name);
      }
    }
  }

 private:
  const at::Tensor& input(const std::string& name) const {
    for (std::size_t i = 0; i < values_.size(); ++i)
      if (values_[i].name == name) return inputs_.at(i).tensor;
    throw std::logic_error("there is no such input");
  }

  void bind(const std::string& name) {
    const auto known = std::find_if(given_.begin(), given_.end(),
                                    [&](const auto& each) { return each.name == name; });
    if (known != given_.end()) given_.erase(known);
    given_.push_back(parse_import_input(name + "=" + as_text(input(name))));
  }

  verdict imported(const onnx_module& opened) const {
    const temporary_folder folder;
    const model_store store{folder.path()};
    const auto g = std::make_shared<const graph>(
        import_torchscript(store, {file_, given_, "net"}).model.model);
    std::vector<host_tensor> brought;
    for (std::size_t i = 0; i < g->inputs.size(); ++i)
      brought.push_back(to_host(input(opened.inputs.at(i).name), g->values[g->inputs[i]].type));
    const auto device = std::make_shared<device_model>(
        g, [&store](const std::string& sha256) { return map_file(store.blob_path(sha256)); },
        runtime_options{1});
    std::vector<at::Tensor> made;
    for (const auto& each : test::run_whole(device, brought)) made.push_back(from_host(each));
    return compare(made, wanted_);
  }

  std::string file_;
  std::vector<onnx_value> values_;
  std::vector<datum> inputs_, wanted_;
  import_inputs given_;
};

verdict check(const fs::path& folder) {
  verdict out{"passed", ""};
  for (int set = 0;; ++set) {
    const auto data = folder / ("test_data_set_" + std::to_string(set));
    if (!fs::exists(data)) return set == 0 ? verdict{"refused", "it has no data"} : out;
    try {
      out = import_attempt{(folder / "model.onnx").string(), data}.run();
    } catch (const user_error& why) {
      return {"refused", why.what()};
    } catch (const std::exception& why) {
      return {"wrong", why.what()};
    }
    if (out.what != "passed") return out;
  }
}

std::string ops_of(const fs::path& folder) {
  try {
    std::set<std::string> names;
    for (const auto& node : read_onnx((folder / "model.onnx").string()).graph.nodes)
      names.insert(node.op);
    std::string out;
    for (const auto& name : names) out += (out.empty() ? "" : "+") + name;
    return out;
  } catch (const std::exception&) {
    return "?";
  }
}

}  // namespace

int main(int argc, char** argv) {
  const bool networks = argc > 1 && std::string{argv[1]} == "--networks";
  if (argc < (networks ? 3 : 2)) {
    std::fprintf(
        stderr,
        "Usage: check-onnx-cases [--networks] FOLDER...\n"
        "Each has a model.onnx and data. --networks: within 1e-4 of the largest element.\n");
    return 2;
  }
  if (networks) network_tolerance = defaults::import_tolerance;
  at::set_num_threads(1);
  const at::NoGradGuard no_grad;
  bool good = true;
  for (int i = networks ? 2 : 1; i < argc; ++i) {
    const fs::path folder{argv[i]};
    const auto [what, why] = check(folder);
    good = good && what != "wrong";
    std::printf("%s\t%s\t%s\t%s\n", folder.filename().c_str(), ops_of(folder).c_str(), what.c_str(),
                printable(why, 400).c_str());
    std::fflush(stdout);
  }
  return good ? 0 : 1;
}
