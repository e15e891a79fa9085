#include "actors/protocol/messages.hpp"

#include <algorithm>

#include "config/defaults_load.hpp"

namespace bramble {

caf::error failure(const std::string& sentence) {
  return caf::make_error(caf::sec::runtime_error, sentence);
}

namespace {

bool is_moved(const caf::error& error) {
  return error.context().match_elements<std::string, std::string, std::uint16_t>();
}

}  // namespace

caf::error not_yet(const std::string& sentence) {
  return caf::make_error(caf::sec::runtime_error, sentence, true);
}

bool is_not_yet(const caf::error& error) {
  return error && error.category() == caf::atom("system") &&
         error.context().match_elements<std::string, bool>();
}

caf::error too_busy(const std::string& sentence, std::chrono::milliseconds after) {
  return caf::make_error(caf::sec::runtime_error, sentence,
                         static_cast<std::uint64_t>(std::max<std::int64_t>(1, after.count())));
}

std::optional<std::chrono::milliseconds> when_again(const caf::error& error) {
  if (!error || error.category() != caf::atom("system") ||
      !error.context().match_elements<std::string, std::uint64_t>())
    return std::nullopt;
  // A peer may say anything.
  const auto most = std::chrono::milliseconds{defaults::try_again_most}.count();
  return std::chrono::milliseconds{
      std::min(error.context().get_as<std::uint64_t>(1), static_cast<std::uint64_t>(most))};
}

caf::error redirect_to(const endpoint& other, const std::string& sentence) {
  return caf::make_error(caf::sec::runtime_error, sentence, other.host, other.port);
}

std::optional<endpoint> where_instead(const caf::error& error) {
  if (!error || error.category() != caf::atom("system") || !is_moved(error)) return std::nullopt;
  return endpoint{error.context().get_as<std::string>(1), error.context().get_as<std::uint16_t>(2)};
}

std::string sentence_of(const caf::error& error) {
  if (error.category() == caf::atom("system")) {
    auto code = static_cast<caf::sec>(error.code());
    // What else it may carry is for programs.
    if (code == caf::sec::runtime_error && !error.context().empty() &&
        error.context().match_element<std::string>(0))
      return error.context().get_as<std::string>(0);
    if (code == caf::sec::request_timeout) return "The node did not answer in time.";
    if (code == caf::sec::request_receiver_down) return "The node went away.";
    if (code == caf::sec::unexpected_message)
      return "The node did not understand the request; is it of another version?";
    return "The request failed: " + to_string(code) + ".";
  }
  return "The request failed: " + to_string(error) + ".";
}

}  // namespace bramble
