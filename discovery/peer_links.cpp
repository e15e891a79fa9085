#include "discovery/peer_links.hpp"

namespace bramble {

const peer_links::link* peer_links::find(const std::string& name) const {
  const auto known = links_.find(name);
  return known == links_.end() ? nullptr : &known->second;
}

void peer_links::hold(const std::string& name, link_number number) {
  links_[name] = {number};
}

void peer_links::set_up(const std::string& name, std::uint64_t instance) {
  auto& link = links_.at(name);
  link.is_up = true;
  link.instance = instance;
}

void peer_links::set_down(const std::string& name) {
  links_.at(name).is_up = false;
}

std::optional<link_number> peer_links::up_to(const std::string& name) const {
  const auto* link = find(name);
  if (link == nullptr || !link->is_up) return std::nullopt;
  return link->number;
}

std::map<std::string, link_number> peer_links::up() const {
  std::map<std::string, link_number> out;
  for (const auto& [name, link] : links_)
    if (link.is_up) out.emplace(name, link.number);
  return out;
}

const std::string* peer_links::name_of(link_number number) const {
  for (const auto& [name, link] : links_)
    if (link.number == number) return &name;
  return nullptr;
}

}  // namespace bramble
