#include "actors/observing/message_kind.hpp"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>

#include "actors/protocol/messages.hpp"

namespace bramble {
namespace {

/// Mixes a further number into a hash, as boost::hash_combine does.
std::uint64_t combine(std::uint64_t seed, std::uint64_t more) {
  return seed ^ (more + 0x9e3779b97f4a7c15ULL + (seed << 6) + (seed >> 2));
}

bool has_atom_at(const caf::type_erased_tuple& content, std::size_t at) {
  return content.matches(at, caf::type_nr<caf::atom_value>::value, nullptr);
}

std::string type_at(const caf::type_erased_tuple& content, std::size_t at) {
  const auto type = content.type(at);
  if (type.second == nullptr) {
    // One of CAF's own; its name there is "@str" and the like.
    std::string name = caf::numbered_type_names[type.first - 1];
    return name.starts_with('@') ? name.substr(1) : name;
  }
  int failed = 0;
  const std::unique_ptr<char, void (*)(void*)> text{
      abi::__cxa_demangle(type.second->name(), nullptr, nullptr, &failed), std::free};
  return short_type_name(failed == 0 ? text.get() : type.second->name());
}

std::string cut(const std::string& text, const std::string& from) {
  const auto at = text.find(from);
  return at == std::string::npos ? text : text.substr(at + from.size());
}

}  // namespace

std::string short_type_name(const std::string& demangled) {
  // What matters is inside: shared_ptr<bramble::x const>, std::vector<bramble::x, ...>.
  auto out = cut(demangled, "bramble::");
  return out.substr(0, out.find_first_of("<>, "));
}

message_key key_of(const caf::mailbox_element& what, const caf::node_id& here) {
  message_key out;
  const auto& content = what.content();
  out.kind = what.mid.is_response() ? 1 : 2;
  for (std::size_t i = 0; i < content.size(); ++i) {
    const auto type = content.type(i);
    out.kind = combine(out.kind, type.first);
    out.kind = combine(out.kind, reinterpret_cast<std::uintptr_t>(type.second));
    if (has_atom_at(content, i))
      out.kind = combine(out.kind, static_cast<std::uint64_t>(content.get_as<caf::atom_value>(i)));
  }
  if (what.sender) {
    out.sender = what.sender->id();
    out.from_outside = what.sender->node() != here;
  }
  return out;
}

std::string name_of_kind(const caf::mailbox_element& what) {
  const auto& content = what.content();
  std::string name;
  if (!content.empty())
    name = has_atom_at(content, 0) ? caf::to_string(content.get_as<caf::atom_value>(0))
                                   : type_at(content, 0);
  if (!what.mid.is_response()) return name.empty() ? "nothing" : name;
  return name.empty() ? "answer" : "answer " + name;
}

bool is_error_in_answer(const caf::mailbox_element& what) {
  return what.mid.is_response() && what.content().match_elements<caf::error>();
}

std::string reason_of(const caf::error& why) {
  if (!why || why == caf::exit_reason::normal) return "done";
  if (why == caf::exit_reason::user_shutdown) return "ended by the one that made it";
  return sentence_of(why);
}

}  // namespace bramble
