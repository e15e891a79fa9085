#include "config/doctor/finding.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace bramble {

const char* name_of(finding::level_t level) {
  switch (level) {
    case finding::level_t::ok:
      return "ok";
    case finding::level_t::warning:
      return "warning";
    default:
      return "problem";
  }
}

finding is_ok(std::string check, std::string says) {
  return {finding::level_t::ok, std::move(check), std::move(says), {}};
}

finding is_warning(std::string check, std::string says, std::string advice) {
  return {finding::level_t::warning, std::move(check), std::move(says), std::move(advice)};
}

finding is_problem(std::string check, std::string says, std::string advice) {
  return {finding::level_t::problem, std::move(check), std::move(says), std::move(advice)};
}

bool has_problems(const std::vector<finding>& findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const finding& each) { return each.level == finding::level_t::problem; });
}

void append(std::vector<finding>& findings, std::vector<finding> more) {
  std::move(more.begin(), more.end(), std::back_inserter(findings));
}

}  // namespace bramble
