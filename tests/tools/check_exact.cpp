// Lists which ops of a model get, on this processor, other bits when they are made in parts.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>

#include "model/runtime/exactness_probe.hpp"
#include "model/store/store.hpp"
#include "tests/support/inception_graph.hpp"

namespace bramble {
namespace {

struct options {
  std::string store, model;
  int threads = 1;
  bool all = false, json = false;
};

struct finding {
  op_id op = 0;
  std::size_t like = 1;  // ops of the model that differ in their weights only
  std::string kernel;
  std::size_t tried = 0, differ = 0;
  double difference = 0;
  std::string parts;  // that differ, the first few
};

std::shared_ptr<const graph> model_of(const options& given) {
  if (given.model.empty()) {
    auto g = test::inception_v4_graph();
    for (weight_id id = 0; id < g.weights.size(); ++id)
      g.weights[id].sha256 = "weight " + std::to_string(id);
    return std::make_shared<const graph>(std::move(g));
  }
  const model_store store{given.store};
  return std::make_shared<const graph>(store.load(store.resolve(given.model)).model);
}

std::string text_of(const region& part, const region& whole) {
  std::string text;
  const auto add = [&](const char* name, const interval& side, const interval& all) {
    if (side == all) return;
    text += (text.empty() ? "" : " of ") + std::string{name} + " " + std::to_string(side.begin) +
            "-" + std::to_string(side.end);
  };
  add("rows", part.rows, whole.rows);
  add("columns", part.columns, whole.columns);
  add("channels", part.channels, whole.channels);
  return text;
}

finding look_at(device_model& device, exactness_probe& probe, op_id id, bool all) {
  const auto& g = device.model();
  const auto& o = g.ops[id];
  const auto whole = extent(g.values[o.outputs[0]]);
  finding found;
  found.op = id;
  probe.make_whole(id);
  found.kernel = name_of(device.backend_of(id));
  if (const auto code = probe.code(); !code.empty()) found.kernel += " " + code;
  for (const auto& part : all ? all_parts(g, o) : parts_to_try(g, o)) {
    const auto bits = probe.make_part(part);
    device.release_unused();
    ++found.tried;
    if (bits.same) continue;
    if (++found.differ <= 4) found.parts += (found.differ > 1 ? ", " : "") + text_of(part, whole);
    found.difference = std::max(found.difference, bits.difference);
  }
  if (found.differ > 4) found.parts += ", ...";
  return found;
}

std::vector<finding> look_at_all(const options& given) {
  const auto g = model_of(given);
  device_model device{g, made_up_blobs(*g), runtime_options{given.threads}};
  use_threads(given.threads);
  exactness_probe probe{device};
  std::map<std::string, std::size_t> seen;
  std::vector<finding> out;
  for (op_id id = 0; id < g->ops.size(); ++id) {
    if (!splittable(*g, g->ops[id])) continue;  // runs whole in every plan
    const auto [entry, is_new] = seen.try_emplace(likeness(*g, g->ops[id]), out.size());
    if (is_new)
      out.push_back(look_at(device, probe, id, given.all));
    else
      ++out[entry->second].like;
  }
  return out;
}

void print(const options& given) {
  const auto g = model_of(given);
  const auto found = look_at_all(given);
  auto list = nlohmann::json::array();
  std::size_t inexact = 0;
  for (const auto& f : found) {
    inexact += f.differ > 0 ? 1 : 0;
    std::string shape;
    for (auto n : g->values[g->ops[f.op].outputs[0]].shape)
      shape += (shape.empty() ? "" : "x") + std::to_string(n);
    if (given.json)
      list.push_back({{"op", f.op},
                      {"name", g->ops[f.op].name},
                      {"alike", f.like},
                      {"output", shape},
                      {"kernel", f.kernel},
                      {"parts_tried", f.tried},
                      {"parts_that_differ", f.differ},
                      {"difference", f.difference},
                      {"which", f.parts}});
    else if (f.differ > 0)
      std::printf("op %u %s -> %s, %s: %zu of %zu parts differ, by up to %.1e: %s\n", f.op,
                  g->ops[f.op].name.c_str(), shape.c_str(), f.kernel.c_str(), f.differ, f.tried,
                  f.difference, f.parts.c_str());
  }
  if (given.json)
    std::printf("%s\n", list.dump(2).c_str());
  else
    std::printf(
        "%zu of %zu kinds of ops of %s that plans divide get other bits in parts, with %d "
        "thread%s.\n",
        inexact, found.size(), g->name.c_str(), given.threads, given.threads == 1 ? "" : "s");
}

}  // namespace
}  // namespace bramble

int main(int argc, char** argv) {
  bramble::options given;
  CLI::App app{
      "Makes each op of a model whole and in parts, of made-up data, and lists those whose parts\n"
      "have other bits on this processor: their libraries add up in another order there.\n"
      "Example: ONEDNN_MAX_CPU_ISA=AVX2 build/check-exact --all"};
  auto* model = app.add_option("--model", given.model, "name in the store; else Inception-v4");
  auto* store = app.add_option("--store", given.store, "folder of the model store");
  store->needs(model);
  model->needs(store);
  app.add_option("--threads", given.threads, "of the executor")->capture_default_str();
  app.add_flag("--all", given.all, "all strips and slices, not only those a calibration tries");
  app.add_flag("--json", given.json, "every op, as JSON");
  CLI11_PARSE(app, argc, argv);
  try {
    bramble::print(given);
  } catch (const bramble::user_error& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
  return 0;
}
