#pragma once

#include <caf/all.hpp>

#include "actors/protocol/caf_codec.hpp"
#include "actors/protocol/message_types.hpp"

/// Who takes what of message_types.hpp: read both and you know the protocol of the control plane.
/// All of it travels over CAF with mutual TLS; tensors between executors have their own connection
/// (actors/transport/data_plane). Types keep their names: CAF writes them on the wire.
namespace bramble {

BRAMBLE_MESSAGE(hello)
BRAMBLE_MESSAGE(introduction)
BRAMBLE_MESSAGE(gossip)
BRAMBLE_MESSAGE(cluster_status)
BRAMBLE_MESSAGE(actor_list)
BRAMBLE_MESSAGE(model_description)
BRAMBLE_MESSAGE(plan_query)
BRAMBLE_MESSAGE(plan)
BRAMBLE_MESSAGE(prepare_request)
BRAMBLE_MESSAGE(capacity_report)
BRAMBLE_MESSAGE(infer_request)
BRAMBLE_MESSAGE(infer_reply)
BRAMBLE_MESSAGE(run_failure)
BRAMBLE_MESSAGE(runtime_override)
BRAMBLE_MESSAGE(live_report)
BRAMBLE_MESSAGE(tensor_part)
BRAMBLE_MESSAGE(node_names)
BRAMBLE_MESSAGE(probe_report)
BRAMBLE_MESSAGE(trace_query)
BRAMBLE_MESSAGE(run_trace)
BRAMBLE_MESSAGE(clock_reading)
BRAMBLE_MESSAGE(turn_query)
BRAMBLE_MESSAGE(turn)
BRAMBLE_MESSAGE(turn_end)
BRAMBLE_MESSAGE(renewal_request)
BRAMBLE_MESSAGE(renewal)
BRAMBLE_MESSAGE(examination)
BRAMBLE_MESSAGE(event_query)
BRAMBLE_MESSAGE(event_list)
BRAMBLE_MESSAGE(request_list)
BRAMBLE_MESSAGE(log_query)
BRAMBLE_MESSAGE(log_list)
BRAMBLE_MESSAGE(replan_report)
BRAMBLE_MESSAGE(tap_query)
BRAMBLE_MESSAGE(tap_report)
BRAMBLE_MESSAGE(hand_message)
BRAMBLE_MESSAGE(hand_reply)

}  // namespace bramble

CAF_BEGIN_TYPE_ID_BLOCK(bramble, first_custom_type_id)
CAF_ADD_TYPE_ID(bramble, (bramble::hello))
CAF_ADD_TYPE_ID(bramble, (bramble::introduction))
CAF_ADD_TYPE_ID(bramble, (bramble::gossip))
CAF_ADD_TYPE_ID(bramble, (bramble::cluster_status))
CAF_ADD_TYPE_ID(bramble, (bramble::actor_list))
CAF_ADD_TYPE_ID(bramble, (bramble::model_description))
CAF_ADD_TYPE_ID(bramble, (bramble::plan_query))
CAF_ADD_TYPE_ID(bramble, (bramble::plan))
CAF_ADD_TYPE_ID(bramble, (bramble::prepare_request))
CAF_ADD_TYPE_ID(bramble, (bramble::capacity_report))
CAF_ADD_TYPE_ID(bramble, (bramble::infer_request))
CAF_ADD_TYPE_ID(bramble, (bramble::infer_reply))
CAF_ADD_TYPE_ID(bramble, (bramble::run_failure))
CAF_ADD_TYPE_ID(bramble, (bramble::runtime_override))
CAF_ADD_TYPE_ID(bramble, (bramble::live_report))
CAF_ADD_TYPE_ID(bramble, (bramble::tensor_part))
CAF_ADD_TYPE_ID(bramble, (bramble::node_names))
CAF_ADD_TYPE_ID(bramble, (bramble::probe_report))
CAF_ADD_TYPE_ID(bramble, (bramble::trace_query))
CAF_ADD_TYPE_ID(bramble, (bramble::run_trace))
CAF_ADD_TYPE_ID(bramble, (bramble::clock_reading))
CAF_ADD_TYPE_ID(bramble, (bramble::turn_query))
CAF_ADD_TYPE_ID(bramble, (bramble::turn))
CAF_ADD_TYPE_ID(bramble, (bramble::turn_end))
CAF_ADD_TYPE_ID(bramble, (bramble::renewal_request))
CAF_ADD_TYPE_ID(bramble, (bramble::renewal))
CAF_ADD_TYPE_ID(bramble, (bramble::examination))
CAF_ADD_TYPE_ID(bramble, (bramble::event_query))
CAF_ADD_TYPE_ID(bramble, (bramble::event_list))
CAF_ADD_TYPE_ID(bramble, (bramble::request_list))
CAF_ADD_TYPE_ID(bramble, (bramble::log_query))
CAF_ADD_TYPE_ID(bramble, (bramble::log_list))
CAF_ADD_TYPE_ID(bramble, (bramble::replan_report))
CAF_ADD_TYPE_ID(bramble, (bramble::tap_query))
CAF_ADD_TYPE_ID(bramble, (bramble::tap_report))
CAF_ADD_TYPE_ID(bramble, (bramble::hand_message))
CAF_ADD_TYPE_ID(bramble, (bramble::hand_reply))
CAF_ADD_ATOM(bramble, bramble, hello_atom, "hello")
CAF_ADD_ATOM(bramble, bramble, introduce_atom, "introduce")
CAF_ADD_ATOM(bramble, bramble, gossip_atom, "gossip")
CAF_ADD_ATOM(bramble, bramble, status_atom, "status")
CAF_ADD_ATOM(bramble, bramble, actors_atom, "actors")
CAF_ADD_ATOM(bramble, bramble, describe_atom, "describe")
CAF_ADD_ATOM(bramble, bramble, plan_atom, "plan")
CAF_ADD_ATOM(bramble, bramble, infer_atom, "infer")
CAF_ADD_ATOM(bramble, bramble, prepare_atom, "prepare")
CAF_ADD_ATOM(bramble, bramble, install_atom, "install")
CAF_ADD_ATOM(bramble, bramble, abort_atom, "abort")
CAF_ADD_ATOM(bramble, bramble, failed_atom, "failed")
CAF_ADD_ATOM(bramble, bramble, change_atom, "change")
CAF_ADD_ATOM(bramble, bramble, live_atom, "live")
CAF_ADD_ATOM(bramble, bramble, part_atom, "part")
CAF_ADD_ATOM(bramble, bramble, output_atom, "output")
CAF_ADD_ATOM(bramble, bramble, reach_atom, "reach")
CAF_ADD_ATOM(bramble, bramble, probe_atom, "probe")
CAF_ADD_ATOM(bramble, bramble, trace_atom, "trace")
CAF_ADD_ATOM(bramble, bramble, clock_atom, "clock")
CAF_ADD_ATOM(bramble, bramble, turn_atom, "turn")
CAF_ADD_ATOM(bramble, bramble, turn_end_atom, "turnend")
CAF_ADD_ATOM(bramble, bramble, renew_atom, "renew")
CAF_ADD_ATOM(bramble, bramble, examine_atom, "examine")
CAF_ADD_ATOM(bramble, bramble, events_atom, "events")
CAF_ADD_ATOM(bramble, bramble, requests_atom, "requests")
CAF_ADD_ATOM(bramble, bramble, log_atom, "log")
CAF_ADD_ATOM(bramble, bramble, replan_atom, "replan")
CAF_ADD_ATOM(bramble, bramble, tap_atom, "tap")
CAF_ADD_ATOM(bramble, bramble, hand_atom, "hand")
CAF_END_TYPE_ID_BLOCK(bramble)

namespace bramble {

/// What a node answers to peers and clients. The one published actor of a node.
using node_actor = caf::typed_actor<
    // Who are you? Protocol, cluster, name.
    caf::replies_to<hello_atom, hello>::with<hello>,
    // I am a node; this is my handle. Who are you?
    caf::replies_to<introduce_atom, introduction, caf::strong_actor_ptr>::with<hello>,
    // This is what I know of the members and of myself; tell me what you know.
    caf::replies_to<gossip_atom, gossip>::with<gossip>,
    // The cluster as you see it.
    caf::replies_to<status_atom>::with<cluster_status>,
    // Your actors and what they are doing.
    caf::replies_to<actors_atom>::with<actor_list>,
    // What has happened to the shelf, as you noted it?
    caf::replies_to<events_atom, event_query>::with<event_list>,
    // The requests that you host and have not answered yet.
    caf::replies_to<requests_atom>::with<request_list>,
    // The last lines of your log.
    caf::replies_to<log_atom, log_query>::with<log_list>,
    // How is this model fed?
    caf::replies_to<describe_atom, std::string>::with<model_description>,
    // A plan, made by the active coordinator and installed where it is needed.
    caf::replies_to<plan_atom, plan_query>::with<plan>,
    // Run this model on these inputs, you being the host.
    caf::replies_to<infer_atom, infer_request>::with<infer_reply>,
    // The next part of the inputs of my request. Answers how many bytes are here.
    caf::replies_to<part_atom, tensor_part>::with<std::uint64_t>,
    // The part of my answer's outputs that begins at this byte.
    caf::replies_to<output_atom, std::uint64_t>::with<tensor_part>,
    // Which of these can you not reach? Answers once each gave a sign of life, or none in time.
    caf::replies_to<reach_atom, node_names>::with<node_names>,
    // Have this model ready and tell me how fast you are with it.
    caf::replies_to<prepare_atom, prepare_request>::with<capacity_report>,
    // Prepare the kernels of your part of this plan. Answers the plan's key.
    caf::replies_to<install_atom, plan>::with<std::uint64_t>,
    // Change this about yourself. Answers a sentence that says what is so now.
    caf::replies_to<change_atom, runtime_override>::with<std::string>,
    // Measure your links and your speed now; when this names a node, your link to it alone.
    caf::replies_to<probe_atom, std::string>::with<probe_report>,
    // Make the plans of this model anew that you work by as a host.
    caf::replies_to<replan_atom, std::string>::with<replan_report>,
    // Note messages of your actors for a while; what was noted?
    caf::replies_to<tap_atom, tap_query>::with<tap_report>,
    // Send this to one of your actors, and tell what it says.
    caf::replies_to<hand_atom, hand_message>::with<hand_reply>,
    // The plans you work by as a host, and what became of them.
    caf::replies_to<live_atom>::with<live_report>,
    // What did you do for this request, and when?
    caf::replies_to<trace_atom, trace_query>::with<run_trace>,
    // My certificate ends soon: have you the authority to renew it?
    caf::replies_to<renew_atom, renewal_request>::with<renewal>,
    // Are you well, and the routes between you and others? When this names a node, what you are and
    // whether you reach it alone.
    caf::replies_to<examine_atom, std::string>::with<examination>,
    // What does your clock say? Answered at once.
    caf::replies_to<clock_atom>::with<clock_reading>,
    // Whose turn is it, and who works on it? Answered when it is.
    caf::replies_to<turn_atom, turn_query>::with<turn>,
    // Its turn is over.
    caf::reacts_to<turn_end_atom, turn_end>,
    // Forget this request.
    caf::reacts_to<abort_atom, std::uint64_t>,
    // This request, of which you are host, cannot be finished.
    caf::reacts_to<failed_atom, run_failure>>;

/// An error whose text is a sentence for people, and back.
caf::error failure(const std::string& sentence);
std::string sentence_of(const caf::error& error);

/// The error of a node that will be able to answer, but not within the time that silence is taken
/// for: ask it again.
caf::error not_yet(const std::string& sentence);
bool is_not_yet(const caf::error& error);

/// The error of a node that has too much to do: try again after so long.
caf::error too_busy(const std::string& sentence, std::chrono::milliseconds after);
std::optional<std::chrono::milliseconds> when_again(const caf::error& error);

/// The error of a node that cannot answer, while the one at `other` can; and its address, if the
/// error is of that kind.
caf::error redirect_to(const endpoint& other, const std::string& sentence);
std::optional<endpoint> where_instead(const caf::error& error);

}  // namespace bramble
