#include "console/infer_terms.hpp"

#include <algorithm>

#include "balancer/search/planner.hpp"
#include "config/defaults_stream.hpp"
#include "config/parse.hpp"
#include "console/common.hpp"
#include "console/inference.hpp"

namespace bramble {

void infer_terms::add_to(CLI::App& verb) {
  verb.add_option("--method", method, "one, seed, seed-exact or bramble")->capture_default_str();
  verb.add_option("--wire", wire,
                  "How tensors travel: fp32, fp16, int8, or auto: whichever of them is quickest "
                  "and, as far as the host measured, keeps to --max-error")
      ->capture_default_str();
  verb.add_option("--max-error", max_error,
                  "With --wire auto: what an answer may differ by, as a share of its largest "
                  "value (" +
                      format_number(defaults::auto_wire_error) + ")")
      ->type_name("SHARE");
  verb.add_flag("--exact", exact, "Only an answer that has the bits of one node's");
}

infer_request infer_terms::request(const std::string& model) const {
  from_flag([&] { check_method(method); });
  infer_request out;
  out.model = model;
  out.method = method;
  out.exact = exact;
  if (wire != "auto") {
    if (!max_error.empty())
      throw usage_error("--max-error is for the wire that the host chooses; add --wire auto.");
    const auto known = {"fp32", "fp16", "int8"};
    if (std::ranges::count(known, wire) == 0)
      throw usage_error("--wire must be fp32, fp16, int8 or auto.");
    out.wire = parse_wire(wire);
    return out;
  }
  if (exact)
    throw usage_error("--exact allows no error and --wire auto allows some; give one of the two.");
  out.max_error = defaults::auto_wire_error;
  if (!max_error.empty()) {
    constexpr double least = 1e-9, most = 0.999;
    out.max_error = from_flag([&] { return parse_number(max_error, least, most, "--max-error"); });
  }
  return out;
}

}  // namespace bramble
