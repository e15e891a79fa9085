#include "console/inputs.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <random>

#include "config/format.hpp"
#include "config/parse.hpp"
#include "console/answers.hpp"
#include "model/graph/element_name.hpp"
#include "model/image/input.hpp"

namespace bramble {
namespace {

std::string names_of(const std::vector<named_form>& inputs) {
  std::vector<std::string> names;
  names.reserve(inputs.size());
  for (const auto& each : inputs) names.push_back(each.name);
  return listed(names);
}

struct named_file {
  std::string name, file;
};

named_file split(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size())
    throw user_error(
        "--input takes the name of an input and a file, as in `--input image=cat.jpg`, "
        "and not " +
        quoted(text) + ".");
  return {text.substr(0, equals), text.substr(equals + 1)};
}

/// Which file each input gets; empty: none yet.
class assignment {
 public:
  explicit assignment(const model_description& model)
      : model_{model}, files_(model.inputs.size()) {}

  bool knows(const std::string& name) const { return find(name) != model_.inputs.end(); }

  void put(const named_file& given) {
    const auto found = find(given.name);
    if (found == model_.inputs.end())
      throw user_error("Model " + model_.name + " has no input " + quoted(given.name) +
                       "; it takes " + text_of(model_.inputs) + ".");
    auto& file = files_[static_cast<std::size_t>(found - model_.inputs.begin())];
    if (!file.empty())
      throw user_error("Input " + given.name + " of model " + model_.name +
                       " was given two files, " + file + " and " + given.file + ".");
    file = given.file;
  }

  void put_next(const std::string& file) {
    const auto next = std::ranges::find(files_, std::string{});
    if (next == files_.end())
      throw user_error("Model " + model_.name + " takes " + text_of(model_.inputs) +
                       ", and there is no input left for " + file + ".");
    *next = file;
  }

  std::vector<std::string> finish() && {
    std::vector<named_form> lacking;
    for (std::size_t i = 0; i < files_.size(); ++i)
      if (files_[i].empty()) lacking.push_back(model_.inputs[i]);
    if (!lacking.empty())
      throw user_error("Model " + model_.name + " takes " + text_of(model_.inputs) +
                       ", and there is no file for " + names_of(lacking) +
                       "; type one for each in that order, or " + lacking[0].name + "=FILE.");
    return std::move(files_);
  }

 private:
  std::vector<named_form>::const_iterator find(const std::string& name) const {
    return std::ranges::find(model_.inputs, name, &named_form::name);
  }

  const model_description& model_;
  std::vector<std::string> files_;
};

wanted_input wanted(const model_description& model, const meaning& means, const named_form& input) {
  wanted_input out{input.shape, input.type, {model.mean, model.deviation}};
  out.means = means;
  if (model.inputs.size() > 1) out.who = "input " + input.name + " of the model";
  return out;
}

template <class Float>
byte_vector noise(std::mt19937& engine, std::size_t count) {
  std::vector<Float> values(count);
  // Not std::uniform_real_distribution: its numbers differ between libraries.
  for (auto& value : values)
    value = static_cast<Float>(engine() >> 8) / static_cast<Float>(1U << 24);
  byte_vector out(count * sizeof(Float));
  if (count != 0) std::memcpy(out.data(), values.data(), out.size());
  return out;
}

}  // namespace

std::vector<std::string> assign_files(const model_description& model, const typed_inputs& typed) {
  assignment out{model};
  std::vector<std::string> in_order;
  for (const auto& each : typed.named) out.put(split(each));
  // Names first: `B b=A` means the same as `b=A B`.
  for (const auto& word : typed.words) {
    const auto equals = word.find('=');
    if (equals != std::string::npos && out.knows(word.substr(0, equals)))
      out.put(split(word));
    else
      in_order.push_back(word);
  }
  for (const auto& file : in_order) out.put_next(file);
  return std::move(out).finish();
}

std::optional<photo_placement> fed_inputs::placement() const {
  return photo ? std::optional{photo->placement} : std::nullopt;
}

fed_inputs load_inputs(const model_description& model, const typed_inputs& typed) {
  const auto files = assign_files(model, typed);
  const auto means = photo_meaning(model);
  fed_inputs out;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const auto& input = model.inputs[i];
    auto loaded = load_input(files[i], wanted(model, means, input));
    out.tensors.push_back({input.shape, input.type, std::move(loaded.bytes)});
    if (loaded.placement && !out.photo) out.photo = asked_photo{files[i], *loaded.placement};
    out.warnings.insert(out.warnings.end(), loaded.warnings.begin(), loaded.warnings.end());
  }
  return out;
}

fed_inputs noise_inputs(const model_description& model) {
  fed_inputs out;
  for (const auto& input : model.inputs) {
    std::mt19937 engine{1};
    const auto count = element_count(input.shape);
    auto bytes = input.type == element_type::f32   ? noise<float>(engine, count)
                 : input.type == element_type::f64 ? noise<double>(engine, count)
                                                   : byte_vector(count * size_of(input.type));
    out.tensors.push_back({input.shape, input.type, std::move(bytes)});
  }
  return out;
}

std::string text_of(const std::vector<named_form>& inputs) {
  std::vector<std::string> texts;
  for (const auto& each : inputs) {
    const auto type = each.type == element_type::f32 ? "" : std::string{" "} + name_of(each.type);
    texts.push_back(each.name + " (" + format_shape(each.shape) + type + ")");
  }
  return listed(texts);
}

void tell(const std::vector<std::string>& warnings) {
  for (const auto& each : warnings) std::fprintf(stderr, "%s\n", each.c_str());
}

}  // namespace bramble
