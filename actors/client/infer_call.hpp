#pragma once

#include <functional>
#include <memory>
#include <variant>

#include "actors/protocol/messages.hpp"

namespace bramble {

using infer_outcome = std::variant<infer_reply, caf::error>;

/// Asks `node` for one inference and hands `done` what came of it, once; then it ends, which tells
/// the node that everything has arrived. Inputs larger than defaults::message_tensor_bytes go in
/// parts, and so do outputs: a message of many MB would hold up heartbeats on a slow link until it
/// counts as dead. At most defaults::parts_under_way are on the way.
void infer_call(caf::event_based_actor* self, node_actor node,
                std::shared_ptr<const infer_request> request,
                std::function<void(infer_outcome)> done);

}  // namespace bramble
