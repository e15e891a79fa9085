#include "model/import/torch_error.hpp"

#include <c10/util/Exception.h>

#include <sstream>

#include "config/parse.hpp"

namespace bramble {
namespace {

constexpr std::size_t longest_reason = 300;

std::string trimmed(std::string text) {
  const auto begin = text.find_first_not_of(" \t\r");
  if (begin == std::string::npos) return {};
  text.erase(0, begin);
  while (!text.empty() && std::string{" \t\r.:"}.find(text.back()) != std::string::npos)
    text.pop_back();
  return text;
}

}  // namespace

std::string reason_of(const std::exception& error) {
  const auto* torch_error = dynamic_cast<const c10::Error*>(&error);
  std::istringstream lines{torch_error ? torch_error->what_without_backtrace() : error.what()};
  // The interpreter puts a traceback of the model's source first and the reason last.
  static const std::string label = "RuntimeError: ";
  std::string first, labelled;
  for (std::string line; std::getline(lines, line);) {
    line = trimmed(std::move(line));
    if (first.empty()) first = line;
    if (line.starts_with(label)) labelled = line.substr(label.size());
  }
  if (!labelled.empty()) first = labelled;
  return first.empty() ? "LibTorch gives no reason" : printable(first, longest_reason);
}

}  // namespace bramble
