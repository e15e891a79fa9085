#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bramble {

/// What one check came to; a line of `bramble doctor`, and what other programs are told.
struct finding {
  enum class level_t : std::uint8_t { ok, warning, problem } level = level_t::ok;
  std::string check;   ///< what was looked at: "disk", "route to pi2"
  std::string says;    ///< what is so, and why: a clause without its full stop
  std::string advice;  ///< what to type or to do; empty where there is nothing to be done

  friend bool operator==(const finding&, const finding&) = default;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(level, check, says, advice);
  }
};

const char* name_of(finding::level_t level);

finding is_ok(std::string check, std::string says);
finding is_warning(std::string check, std::string says, std::string advice);
finding is_problem(std::string check, std::string says, std::string advice);

bool has_problems(const std::vector<finding>& findings);

/// `more` behind `findings`.
void append(std::vector<finding>& findings, std::vector<finding> more);

}  // namespace bramble
