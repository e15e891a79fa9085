#include "actors/operating/restarts.hpp"

#include <map>

namespace bramble {
namespace {

/// What each of them alone knows, with what to do instead.
const std::map<std::string, std::string> lost_with_it{
    {"node", "it is the address by which peers and clients know this node; `stop NODE` ends all"},
    {"cluster",
     "it alone knows who is in the cluster and whom peers may talk to; `stop NODE` ends "
     "all, and the node's service begins it again"},
    {"coordinator",
     "it alone knows the plans that are being made and whose turn it is; `replan "
     "MODEL` makes plans anew"},
    {"requester",
     "it alone knows the clients that wait and their requests; `cancel REQUEST` gives "
     "one up"},
    {"chunk_buffer", "it has inputs and outputs that clients are sending and fetching"},
    {"branch_executor",
     "it has the pieces of the requests that run, and the plans that are "
     "installed; `cancel REQUEST` gives a request up"},
    {"model_cache", "it has the models that are on their way here"},
    {"model_finder", "it has the questions of those that wait for a model"},
    {"examiner", "it is told of the members only when they change"},
    {"remeasurer", "it is told of the members only when they change"},
    {"keyring", "it is told of the members only when they change"},
    {"operator_desk", "it is the one that you talk to"}};

}  // namespace

std::string why_not_restarted(const std::string& actor) {
  if (actor.starts_with("peer_link ") || actor.starts_with("dialer "))
    return actor + " belongs to a connection, which is made again by itself when it is lost.";
  const auto found = lost_with_it.find(actor);
  if (found == lost_with_it.end()) return {};
  return actor + " is not begun anew: " + found->second + ".";
}

}  // namespace bramble
