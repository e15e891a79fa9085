#include "actors/protocol/messages.hpp"

// How each message type of messages.hpp becomes bytes; one line for every BRAMBLE_MESSAGE there.
namespace bramble {

BRAMBLE_MESSAGE_CODEC(hello)
BRAMBLE_MESSAGE_CODEC(introduction)
BRAMBLE_MESSAGE_CODEC(gossip)
BRAMBLE_MESSAGE_CODEC(cluster_status)
BRAMBLE_MESSAGE_CODEC(actor_list)
BRAMBLE_MESSAGE_CODEC(model_description)
BRAMBLE_MESSAGE_CODEC(plan_query)
BRAMBLE_MESSAGE_CODEC(plan)
BRAMBLE_MESSAGE_CODEC(prepare_request)
BRAMBLE_MESSAGE_CODEC(capacity_report)
BRAMBLE_MESSAGE_CODEC(infer_request)
BRAMBLE_MESSAGE_CODEC(infer_reply)
BRAMBLE_MESSAGE_CODEC(run_failure)
BRAMBLE_MESSAGE_CODEC(runtime_override)
BRAMBLE_MESSAGE_CODEC(live_report)
BRAMBLE_MESSAGE_CODEC(tensor_part)
BRAMBLE_MESSAGE_CODEC(node_names)
BRAMBLE_MESSAGE_CODEC(probe_report)
BRAMBLE_MESSAGE_CODEC(trace_query)
BRAMBLE_MESSAGE_CODEC(run_trace)
BRAMBLE_MESSAGE_CODEC(clock_reading)
BRAMBLE_MESSAGE_CODEC(turn_query)
BRAMBLE_MESSAGE_CODEC(turn)
BRAMBLE_MESSAGE_CODEC(turn_end)
BRAMBLE_MESSAGE_CODEC(renewal_request)
BRAMBLE_MESSAGE_CODEC(renewal)
BRAMBLE_MESSAGE_CODEC(examination)
BRAMBLE_MESSAGE_CODEC(event_query)
BRAMBLE_MESSAGE_CODEC(event_list)
BRAMBLE_MESSAGE_CODEC(request_list)
BRAMBLE_MESSAGE_CODEC(log_query)
BRAMBLE_MESSAGE_CODEC(log_list)

}  // namespace bramble
