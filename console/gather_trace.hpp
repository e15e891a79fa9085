#pragma once

#include "console/member_clients.hpp"
#include "console/request_trace.hpp"

namespace bramble {

/// Asks the node that `client` talks to for the newest request of this model that it was host of,
/// and all who worked on it for their parts; clocks are compared by asking them a few times. Throws
/// `user_error` when the node ran none, or somebody does not know it any more.
request_trace gather_trace(const key_info& keys, node_client& client, const std::string& model);

/// The same of the model of this identity, by connections that are there already; `shelf` says
/// where the others are.
request_trace gather_trace(member_clients& members, node_client& host, const std::string& identity,
                           const cluster_status& shelf);

/// The model's graph, as that node has it.
graph graph_of(node_client& client, const model_description& model);

}  // namespace bramble
