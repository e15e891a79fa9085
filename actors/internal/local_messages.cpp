#include "actors/internal/local_messages.hpp"

namespace bramble {

caf::error broken_run(const std::string& sentence, const std::string& suspect) {
  return caf::make_error(caf::sec::runtime_error, sentence, suspect);
}

std::string suspect_of(const caf::error& error) {
  if (error != caf::sec::runtime_error ||
      !error.context().match_elements<std::string, std::string>())
    return {};
  return error.context().get_as<std::string>(1);
}

caf::error redirect_of_clients(const std::string& self, const leave_reply& left) {
  const auto sentence = self + " is stopping.";
  return left.other ? redirect_to(*left.other, sentence) : failure(sentence);
}

}  // namespace bramble
