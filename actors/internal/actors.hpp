#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "actors/internal/local_messages.hpp"

/// What each actor of a node takes and answers, but for what it sends to itself (which its own
/// header adds). The compiler holds senders and receivers to it. The face, which is all that other
/// nodes and clients see, is `node_actor` in actors/protocol/messages.hpp.
///
/// Who needs one message of another actor only names that: any actor that takes it will do.
namespace bramble {

/// What the actor is doing, as a sentence without its full stop.
using described_actor = caf::typed_actor<caf::replies_to<detail_atom>::with<std::string>>;

/// Finds and connects one peer for its peer_link. Blocks.
using dialer_actor = described_actor::extend<
    // Is there a way to any of these places?
    caf::replies_to<knock_atom, places>::with<bool>,
    // Which of them answers?
    caf::replies_to<seek_atom, places>::with<reached_place>,
    // The face at this host and port.
    caf::replies_to<dial_atom, std::string, std::uint16_t>::with<node_actor>>;

/// One peer. What goes to its face is relayed, and always answered.
using peer_link_actor = described_actor::extend<
    // The peer has dialled us: this is its face, and who it is.
    caf::reacts_to<adopt_atom, node_actor, hello>,
    // Where the peer may be now.
    caf::reacts_to<places>,
    // What we say of ourselves from now on.
    caf::reacts_to<introduction>,
    // A sign of life.
    caf::replies_to<alive_atom>::with<hello>,
    // To the face, as it says.
    caf::replies_to<reach_atom, node_names>::with<node_names>,
    caf::replies_to<probe_atom, std::string>::with<probe_report>,
    caf::replies_to<renew_atom, renewal_request>::with<renewal>,
    caf::replies_to<examine_atom, std::string>::with<examination>,
    caf::replies_to<gossip_atom, gossip>::with<gossip>,
    caf::replies_to<plan_atom, plan_query>::with<plan>,
    caf::replies_to<prepare_atom, prepare_request>::with<capacity_report>,
    caf::replies_to<install_atom, plan>::with<std::uint64_t>,
    caf::replies_to<turn_atom, turn_query>::with<turn>, caf::reacts_to<turn_end_atom, turn_end>,  //
    caf::reacts_to<abort_atom, std::uint64_t>, caf::reacts_to<failed_atom, run_failure>>;

/// Who can be talked to right now. The cluster makes a new one whenever that changes; the others
/// keep the last. Immutable, shared.
struct directory {
  std::string self;
  std::string coordinator;                       ///< name of the active one; never empty
  std::map<std::string, peer_link_actor> links;  ///< of every peer that is connected
  std::set<std::string> drained;  ///< of those and ourselves: works for its own host only
};
using directory_ptr = std::shared_ptr<const directory>;

/// Null where the peer is not connected, or nothing was heard of anybody yet (`peers` is null).
peer_link_actor link_to(const directory_ptr& peers, const std::string& name);
/// Those of these that are connected.
template <class Names>
std::map<std::string, peer_link_actor> links_to(const directory_ptr& peers, const Names& names) {
  std::map<std::string, peer_link_actor> out;
  for (const auto& name : names)
    if (auto link = link_to(peers, name)) out.emplace(name, std::move(link));
  return out;
}

/// From a peer_link to its owner.
struct link_up {
  peer_link_actor link;
  hello peer;
  std::string host;  ///< where it was reached; empty when the peer dialled
};
struct link_lost {
  peer_link_actor link;
  std::string name;  ///< empty when it never was up
  std::string reason;
  std::string where = {};  ///< the places tried
};
using link_owner = caf::typed_actor<caf::reacts_to<link_up>, caf::reacts_to<link_lost>>;

/// Those of which one message is all that somebody needs.
using directory_reader = caf::typed_actor<caf::reacts_to<directory_ptr>>;
using data_link_user = caf::typed_actor<caf::reacts_to<data_link_lost>>;
using failure_listener = caf::typed_actor<caf::reacts_to<failed_atom, run_failure>>;
using metered_executor = caf::typed_actor<caf::replies_to<reference_atom>::with<double>,
                                          caf::reacts_to<slowdown_atom, std::string, model_pace>>;
using status_teller = caf::typed_actor<caf::replies_to<status_atom>::with<cluster_status>>;
using live_plans_teller = caf::typed_actor<caf::replies_to<live_atom>::with<live_report>>;
using plan_giver = caf::typed_actor<caf::replies_to<plan_atom, plan_query>::with<plan>>;
using load_teller = caf::typed_actor<caf::replies_to<load_atom>::with<std::vector<model_load>>>;
using turn_giver = caf::typed_actor<caf::replies_to<turn_atom, turn_query>::with<turn>,
                                    caf::reacts_to<turn_end_atom, turn_end>>;
using pins_reader = caf::typed_actor<caf::reacts_to<pins_atom, std::vector<method_pin>>>;
using plan_installer = caf::typed_actor<caf::replies_to<install_atom, plan>::with<std::uint64_t>>;
using model_preparer =
    caf::typed_actor<caf::replies_to<prepare_atom, prepare_request>::with<capacity_report>>;

/// Measures this device. Computes for seconds.
using capacity_meter_actor = described_actor::extend<
    // GMAC/s of this device in general.
    caf::replies_to<general_rate_atom>::with<double>,
    // Its speed with the model of this identity, as of now; measured where it is not known.
    caf::replies_to<measure_atom, std::string>::with<capacity_ptr>,
    // The same, computing these ops as the shelf does where that costs little.
    caf::replies_to<agree_atom, std::string, kernel_wishes_ptr>::with<capacity_ptr>,
    // What pieces took.
    caf::reacts_to<observe_atom, run_times>,
    // Who times pieces of the reference network, and paces those of models; once.
    caf::reacts_to<time_with_atom, metered_executor>,
    // Now and then: is it time to be timed?
    caf::reacts_to<look_atom>,
    // The share of its calibration at which the device runs the slowest model, as it is known.
    caf::replies_to<speed_atom>::with<double>,
    // The same, measured now.
    caf::replies_to<probe_atom>::with<double>>;

/// Runs the pieces of every request on this node. Computes.
using branch_executor_actor = described_actor::extend<
    // Who hears of runs that cannot be finished; first of all.
    caf::reacts_to<report_to_atom, failure_listener>,
    // Make your part of this plan ready. Answers the plan's key.
    caf::replies_to<install_atom, plan>::with<std::uint64_t>,
    // How long pieces of the model of this identity are to take.
    caf::reacts_to<slowdown_atom, std::string, model_pace>,
    // The share of the device's speed that is left, by hand.
    caf::reacts_to<pace_atom, double>,
    // ms that a piece of the reference network takes now.
    caf::replies_to<reference_atom>::with<double>,
    // Run this request, whose host is this node.
    caf::replies_to<run_atom, run_order>::with<run_result>,
    // A tensor, or word that a peer does not know its plan.
    caf::reacts_to<data_frame>,  //
    caf::reacts_to<data_link_lost>,
    // Forget this request.
    caf::reacts_to<abort_atom, std::uint64_t>,
    // True as soon as no request runs here.
    caf::replies_to<idle_atom>::with<bool>,
    // The plans that are installed here.
    caf::replies_to<report_atom>::with<std::vector<plan_status>>,
    // What was done here for this request.
    caf::replies_to<trace_atom, trace_query>::with<run_trace>>;

/// Sends probes over links whose rate is not settled.
using link_meter_actor = described_actor::extend<
    // Somebody plans with the rates.
    caf::reacts_to<asked_atom>,
    // True once the links to these were measured anew, or are down.
    caf::replies_to<probe_atom, node_names>::with<bool>>;

/// Has models on this node. Reads and writes files.
using model_cache_actor = described_actor::extend<
    // Have this model ready and tell how fast this node is with it.
    caf::replies_to<prepare_atom, prepare_request>::with<capacity_report>,
    // True once the model is here.
    caf::replies_to<fetch_atom, prepare_request>::with<bool>,
    // Names may have changed: what does the shelf call the models that are here?
    caf::reacts_to<names_atom>,
    // A block of a file, a request for one, or its refusal.
    caf::reacts_to<data_frame>,  //
    caf::reacts_to<data_link_lost>>;

/// Finds models by name, or by digits of an identity: this node's, or the shelf's.
using model_finder_actor =
    described_actor::extend<caf::replies_to<open_atom, std::string>::with<opened_model_ptr>>;

/// Finds models in this node's store. Reads files.
using model_reader_actor = model_finder_actor::extend<
    // What the name means in this store.
    caf::replies_to<meaning_atom, std::string>::with<local_name>>;

/// Makes the plans of the cluster.
using coordinator_actor = described_actor::extend<
    // A plan that is installed on every node it uses.
    caf::replies_to<plan_atom, plan_query>::with<plan>,
    // Whose turn is it, and who works on it? Answered when it is; and its end.
    caf::replies_to<turn_atom, turn_query>::with<turn>, caf::reacts_to<turn_end_atom, turn_end>,
    // How the shelf takes requests.
    caf::replies_to<load_atom>::with<std::vector<load_way>>, caf::reacts_to<directory_ptr>>;

/// Thinks for the coordinator. Computes for seconds.
using planner_actor = described_actor::extend<
    caf::replies_to<make_plan_atom, planning_question_ptr>::with<planning_answer_ptr>,
    // In which ways the shelf can take many requests of that kind.
    caf::replies_to<survey_atom, planning_question_ptr>::with<ways_ptr>>;

/// The host's side of requests.
using requester_actor = described_actor::extend<
    // Answer this client; when it ends, so does its request. No client: nobody to watch.
    caf::replies_to<infer_atom, infer_request, caf::strong_actor_ptr>::with<infer_reply>,
    // The plan by which such a request would run.
    caf::replies_to<plan_atom, plan_query>::with<plan>,
    // The plans that requests ran by, and what became of them.
    caf::replies_to<live_atom>::with<live_report>,
    // What is asked of this host.
    caf::replies_to<load_atom>::with<std::vector<model_load>>,
    // What is not answered yet.
    caf::replies_to<requests_atom>::with<request_list>,
    // Give this one up. Answers with whether it was there.
    caf::replies_to<abort_atom, std::uint64_t>::with<bool>,
    // Make the plans of this model anew.
    caf::replies_to<replan_atom, std::string>::with<replan_report>,
    // By which methods requests run from now on that leave that open; all of them.
    caf::reacts_to<pins_atom, std::vector<method_pin>>,
    // A run cannot be finished.
    caf::reacts_to<failed_atom, run_failure>,  //
    caf::reacts_to<directory_ptr>,
    // The node leaves. Begin no attempt from now on: true.
    caf::replies_to<draining_atom>::with<bool>,
    // Send those that wait for an attempt there.
    caf::reacts_to<send_on_atom, leave_reply>,
    // True as soon as nobody waits, which each client's end tells.
    caf::replies_to<idle_atom>::with<bool>,
    // Send all there.
    caf::reacts_to<hand_over_atom>>;

/// Large inputs and outputs, part by part.
using chunk_buffer_actor = described_actor::extend<
    caf::replies_to<infer_atom, infer_request, caf::strong_actor_ptr>::with<infer_reply>,
    // The next part of this client's inputs. Answers how many bytes are here.
    caf::replies_to<part_atom, tensor_part, caf::strong_actor_ptr>::with<std::uint64_t>,
    // The part of this client's outputs that begins at this byte.
    caf::replies_to<output_atom, std::uint64_t, caf::strong_actor_ptr>::with<tensor_part>,
    // The node leaves: send clients there whose inputs are not complete.
    caf::reacts_to<send_on_atom, leave_reply>,
    // True as soon as no client fetches outputs any more.
    caf::replies_to<idle_atom>::with<bool>>;

/// Has this node measured anew.
using remeasurer_actor = described_actor::extend<
    // All of it; where a node is named, our end of the link to it alone, and an empty report.
    caf::replies_to<probe_atom, std::string>::with<probe_report>,  //
    caf::reacts_to<directory_ptr>>;

/// Writes each text into one file, in place of the last. Waits for the disk.
using notebook_actor = described_actor::extend<caf::reacts_to<std::string>>;

/// This node's certificate in time, and those of others where the authority is here. Waits for the
/// disk.
using keyring_actor =
    described_actor::extend<caf::reacts_to<directory_ptr>, caf::reacts_to<new_authority_atom>,
                            // By the authority, for a node that showed the certificate which is to
                            // be renewed.
                            caf::replies_to<renew_atom, renewal_request>::with<renewal>>;

/// Whether this node is well: its machine, its network, what it knows of the cluster. Reads files
/// and waits for ports.
using examiner_actor =
    described_actor::extend<caf::reacts_to<directory_ptr>,
                            // Who knows the cluster; first of all.
                            caf::reacts_to<report_to_atom, status_teller>,
                            // All of it; where a node is named, the routes to it alone.
                            caf::replies_to<examine_atom, std::string>::with<examination>>;

/// Sends messages to this node's actors that somebody typed.
using operator_desk_actor =
    described_actor::extend<caf::replies_to<hand_atom, hand_message>::with<hand_reply>>;

/// Who is in the cluster.
using cluster_actor = described_actor::extend<
    // Dial; this is the face that peers are given.
    caf::reacts_to<begin_atom, node_actor>,  //
    caf::reacts_to<link_up>,                 //
    caf::reacts_to<link_lost>,
    // Who we are, or why not.
    caf::replies_to<link_offer>::with<hello>,
    // This machine's addresses from now on.
    caf::reacts_to<local_addresses>,
    // The members that are told of on the network from now on.
    caf::reacts_to<member_event::sighted>,
    // This node's models from now on.
    caf::reacts_to<store_listing_ptr>,  //
    caf::replies_to<gossip_atom, gossip>::with<gossip>,
    caf::replies_to<status_atom>::with<cluster_status>,
    caf::replies_to<change_atom, runtime_override>::with<std::string>,
    // To the request's host.
    caf::reacts_to<failed_atom, run_failure>,
    // Those of these that give no sign of life, or have no link.
    caf::replies_to<reach_atom, node_names>::with<node_names>,
    // Where clients can go on, once every peer has heard that this node leaves or could not be.
    caf::replies_to<leave_atom>::with<leave_reply>>;

}  // namespace bramble

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bramble::directory_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bramble::link_up)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bramble::link_lost)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bramble::failure_listener)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bramble::status_teller)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bramble::metered_executor)
