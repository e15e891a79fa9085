#include "discovery/invitations/join_messages.hpp"

#include "config/defaults.hpp"
#include "config/defaults_join.hpp"
#include "config/parse.hpp"

namespace bramble {
namespace {

/// The first field alone, which another version has as well.
std::uint32_t form_of(byte_span bytes) {
  std::uint32_t form = 0;
  byte_reader reader{bytes};
  reader(form);
  return form;
}

}  // namespace

join_request parse_join_request(byte_span bytes) {
  if (bytes.size() > defaults::join_request_limit_bytes)
    throw user_error("What came is too long to be a request to join.");
  if (bytes.size() >= sizeof(std::uint32_t) && form_of(bytes) != join_request::current_form)
    throw user_error(
        "The machine that wants to join has another version of Bramble; install the "
        "same on both.");
  auto out = decode<join_request>(bytes, "A request to join");
  if (!is_text(out.version) || !is_text(out.name) || out.name.size() > defaults::node_name_longest)
    throw user_error("A request to join has no name that a node can have.");
  return out;
}

join_answer parse_join_answer(byte_span bytes) {
  if (bytes.size() > defaults::join_answer_limit_bytes)
    throw user_error("What came is too long to be the answer of an inviting node.");
  auto out = decode<join_answer>(bytes, "The answer of the inviting node");
  if (!is_text(out.refused) || out.refused.size() > defaults::join_sentence_longest)
    throw user_error("The answer of the inviting node is damaged: its sentence is no text.");
  return out;
}

}  // namespace bramble
