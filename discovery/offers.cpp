#include "discovery/offers.hpp"

#include "config/parse.hpp"

namespace bramble {
namespace {

constexpr const char* refusal_remedy =
    "; two machines of one name shut each other out, so give one of them another: `bramble keys "
    "issue "
    "OTHER-NAME` where the cluster was begun";

}  // namespace

offer_verdict judge_offer(const offered_node& peer, const member& self,
                          const peer_links::link* known) {
  if (peer.name == self.name)
    return peer.instance == self.instance ? offer_verdict::ourselves : offer_verdict::our_name;
  if (known == nullptr || !known->is_up || known->instance == peer.instance)
    return offer_verdict::welcome;
  return offer_verdict::ask_holder;
}

absence refusal_of(const offered_node& peer, const std::string& holder) {
  return {absence::kind_t::refused, peer.name,
          peer.from.empty() ? place_of(peer.where) : printable(peer.from),
          "that is the name of " + holder + refusal_remedy};
}

std::string sentence_of_refusal(const offered_node& peer, const std::string& holder,
                                const std::string& self) {
  return peer.name + " is the name of " + holder + ", as " + self + " at " + printable(peer.to) +
         " says, and of this machine" + refusal_remedy;
}

}  // namespace bramble
