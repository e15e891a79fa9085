#pragma once

#include "actors/client/node_client.hpp"
#include "console/request_trace.hpp"

namespace bramble {

/// Asks the node that `client` talks to for the newest request of this model that it was host of,
/// and all who worked on it for their parts; clocks are compared by asking them a few times. Throws
/// `user_error` when the node ran none, or somebody does not know it any more.
request_trace gather_trace(const key_info& keys, node_client& client, const std::string& model);

/// The model's graph, as that node has it.
graph graph_of(node_client& client, const model_description& model);

}  // namespace bramble
