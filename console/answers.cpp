#include "console/answers.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "config/format.hpp"
#include "model/graph/element_name.hpp"

namespace bramble {
namespace {

template <class... Cases>
struct cases : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
cases(Cases...) -> cases<Cases...>;

std::string named_class(std::size_t index, const std::string& label) {
  return "class " + std::to_string(index) + (label.empty() ? "" : "  " + label);
}

std::string short_name(std::size_t index, const std::string& label) {
  return label.empty() ? "class " + std::to_string(index) : label;
}

std::string text_of(const class_score& best) {
  return fixed(100 * best.p, 2) + " %  " + named_class(best.index, best.label);
}

std::string text_of(const box& where) {
  const auto whole = [](double place) { return std::to_string(std::lround(place)); };
  return whole(where.left) + "," + whole(where.top) + " to " + whole(where.right) + "," +
         whole(where.bottom);
}

std::string describe_boxes(const found_boxes& found, double threshold) {
  if (found.boxes.empty())
    return "Nothing was found with a score of at least " + fixed(threshold, 2) +
           "; --threshold takes a lower one.\n";
  std::string out;
  for (const auto& each : found.boxes)
    out += fixed(100 * each.score, 2) + " %  " + named_class(each.index, each.label) + "  at " +
           text_of(each.where) + "\n";
  if (!found.in_photo) out += "Places are pixels of the network's input, which was no photo.\n";
  return out;
}

std::string size_text(const image& picture) {
  return std::to_string(picture.width) + "x" + std::to_string(picture.height);
}

std::string counts_of(const found_boxes& found) {
  if (found.boxes.empty()) return "nothing found";
  std::map<std::size_t, std::size_t> counts;
  std::vector<std::string> texts;
  for (const auto& each : found.boxes) ++counts[each.index];
  for (const auto& each : found.boxes)  // in the order of the best of each
    if (const auto count = std::exchange(counts[each.index], 0); count != 0)
      texts.push_back(std::to_string(count) + " " + short_name(each.index, each.label));
  return joined(texts);
}

bool has_form(const host_tensor& tensor, const named_form& form) {
  return tensor.shape == form.shape && tensor.type == form.type &&
         tensor.bytes.size() == element_count(form.shape) * size_of(form.type);
}

/// To a hundredth, which is more than a box is worth and shorter to read.
double rounded(double place) {
  return std::round(100 * place) / 100;
}

}  // namespace

understanding understand(const model_description& model) {
  return understand(model.means, model.inputs, model.outputs, "Model " + model.name);
}

meaning photo_meaning(const model_description& model) {
  auto out = understand(model).what;
  // The shape of each input says it, where nobody does.
  out.layout = model.means.layout;
  return out;
}

told_answer read_reply(const model_description& model, const understanding& known,
                       const std::vector<host_tensor>& outputs,
                       const std::optional<photo_placement>& placement, const reading& how) {
  if (!std::ranges::equal(outputs, model.outputs, has_form))
    return {{},
            {"The answer has other outputs than model " + model.name +
             " had a moment ago, which was replaced therefore; ask again."}};
  try {
    return {read_answer(known, outputs, placement, {model.mean, model.deviation}, how), {}};
  } catch (const user_error& e) {
    if (!known.guessed || known.what.task == task_kind::classify) throw;
    return {{},
            {std::string{e.what()} + " That it is " + known.reading +
             " was guessed from its shape; `bramble model set " + model.name +
             " --task none` ends that."}};
  }
}

std::string describe(const answer& what, double threshold) {
  return std::visit(
      cases{[](std::monostate) { return std::string{}; },
            [](const std::vector<class_score>& top) {
              std::string out;
              for (const auto& each : top) out += text_of(each) + "\n";
              return out;
            },
            [&](const found_boxes& found) { return describe_boxes(found, threshold); },
            [](const found_mask& found) {
              std::string out;
              for (const auto& each : found.shares)
                out += fixed(100 * each.share, 2) + " %  " + named_class(each.index, each.label) +
                       "\n";
              return out;
            },
            [](const image& picture) {
              return "A picture of " + size_text(picture) +
                     " pixels; --output FILE.png writes it.\n";
            }},
      what);
}

std::string describe_briefly(const answer& what) {
  return std::visit(
      cases{[](std::monostate) { return std::string{}; },
            [](const std::vector<class_score>& top) {
              return top.empty() ? std::string{} : text_of(top.front());
            },
            [](const found_boxes& found) { return counts_of(found); },
            [](const found_mask& found) {
              constexpr std::size_t told = 3;
              std::vector<std::string> texts;
              for (const auto& each : found.shares)
                if (texts.size() < told)
                  texts.push_back(percent(each.share) + " " + short_name(each.index, each.label));
              return joined(texts);
            },
            [](const image& picture) { return "picture " + size_text(picture); }},
      what);
}

void add_json(nlohmann::json& to, const answer& what) {
  if (const auto* boxes = std::get_if<found_boxes>(&what)) {
    auto list = nlohmann::json::array();
    for (const auto& each : boxes->boxes)
      list.push_back({{"index", each.index},
                      {"label", each.label},
                      {"score", each.score},
                      {"box",
                       {rounded(each.where.left), rounded(each.where.top),
                        rounded(each.where.right), rounded(each.where.bottom)}}});
    to["boxes"] = std::move(list);
    to["boxes_in"] = boxes->in_photo ? "photo" : "input";
  }
  if (const auto* mask = std::get_if<found_mask>(&what)) {
    auto list = nlohmann::json::array();
    for (const auto& each : mask->shares)
      list.push_back({{"index", each.index}, {"label", each.label}, {"share", each.share}});
    to["classes"] = std::move(list);
  }
  if (const auto* picture = std::get_if<image>(&what))
    to["picture"] = {{"width", picture->width}, {"height", picture->height}};
}

std::string name_of_output(const model_description& model, std::size_t index, std::size_t count) {
  if (index < model.outputs.size()) return model.outputs[index].name;
  return count == 1 ? "output" : "output" + std::to_string(index + 1);
}

nlohmann::json tensors_json(const model_description& model,
                            const std::vector<host_tensor>& outputs) {
  auto out = nlohmann::json::array();
  for (std::size_t i = 0; i < outputs.size(); ++i)
    out.push_back({{"name", name_of_output(model, i, outputs.size())},
                   {"dtype", name_of(outputs[i].type)},
                   {"shape", outputs[i].shape}});
  return out;
}

}  // namespace bramble
