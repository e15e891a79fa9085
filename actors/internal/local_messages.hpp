#pragma once

#include <caf/all.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/internal/runs.hpp"
#include "actors/protocol/messages.hpp"
#include "actors/transport/data_plane/tensor_transport.hpp"
#include "balancer/devices/emulation.hpp"
#include "balancer/shelf/correction.hpp"
#include "config/parse.hpp"
#include "discovery/addresses.hpp"
#include "discovery/member_events.hpp"
#include "discovery/probe.hpp"
#include "model/store/store_listing.hpp"

/// What the actors of one node tell each other; which of them takes what is in actors.hpp. Nothing
/// of it crosses the network: everything here is marked unsafe for serialisation on purpose, so
/// that such a mistake fails at once.
namespace bramble {

/// The error of a run on its host, with the node that is held to have broken it (or "").
caf::error broken_run(const std::string& sentence, const std::string& suspect);
std::string suspect_of(const caf::error& error);

/// Where to look for one node, likeliest first.
struct places {
  std::vector<std::string> hosts;
  std::uint16_t port = 0;
};

/// A node that dialled us.
struct link_offer {
  introduction peer;
  node_actor handle;
};

/// A model's identity and manifest, as they are in the store. Immutable, shared.
struct opened_model {
  std::string identity;
  manifest content;
};
using opened_model_ptr = std::shared_ptr<const opened_model>;

/// What a name means in this node's store; nothing where it is free or damaged.
struct local_name {
  std::optional<name_record> record;
};

/// Between coordinator and planner; see actors/planning/core/planning_question.hpp.
struct planning_question;
using planning_question_ptr = std::shared_ptr<const planning_question>;
struct planning_answer;
using planning_answer_ptr = std::shared_ptr<const planning_answer>;
struct way;
using ways_ptr = std::shared_ptr<const std::vector<way>>;

/// What the data plane's thread hands over.
struct data_frame {
  std::string peer;
  frame content;
};
struct data_link_lost {
  std::string peer;
  std::string reason;
};

/// A device's speed with one model, as it is measured or described.
struct capacity {
  op_table table;
  double gmacs = 0;
  model_pace pace;
  message_costs messages;
  std::string processor;  ///< see capacity_report
};
using capacity_ptr = std::shared_ptr<const capacity>;

/// What the shelf would have ops computed with; see prepare_request. Immutable, shared.
using kernel_wishes_ptr = std::shared_ptr<const std::vector<kernel_wish>>;

/// From the executor to the capacity meter: what this node's pieces of one request took.
struct run_times {
  std::string identity;
  std::vector<piece_time> pieces;
};

/// Where clients of a node that leaves can go on; nowhere when it was alone.
struct leave_reply {
  std::optional<endpoint> other;
};

/// What clients of node `self` are told that leaves: whom to ask instead.
caf::error redirect_of_clients(const std::string& self, const leave_reply& left);

/// The steps to a peer: is there a way, which address answers, and the connection.
using knock_atom = caf::atom_constant<caf::atom("knock")>;
using seek_atom = caf::atom_constant<caf::atom("seek")>;
using dial_atom = caf::atom_constant<caf::atom("dial")>;
/// Where the executor's run_failures go; who times pieces of the reference network for the meter.
using report_to_atom = caf::atom_constant<caf::atom("reportto")>;
using time_with_atom = caf::atom_constant<caf::atom("timewith")>;
/// The cluster's start, with the face that peers are given; a peer_link's, of one that dialled us.
/// Something was signed by an authority that is not known here.
using new_authority_atom = caf::atom_constant<caf::atom("newauth")>;
using begin_atom = caf::atom_constant<caf::atom("begin")>;
using adopt_atom = caf::atom_constant<caf::atom("adopt")>;
using open_atom = caf::atom_constant<caf::atom("open")>;
using run_atom = caf::atom_constant<caf::atom("run")>;
using work_atom = caf::atom_constant<caf::atom("work")>;
/// A device's speed: with a model, measured where it is not known, or with other kernels; in
/// general; and how long pieces of a model are to take.
using measure_atom = caf::atom_constant<caf::atom("measure")>;
using agree_atom = caf::atom_constant<caf::atom("agree")>;
using general_rate_atom = caf::atom_constant<caf::atom("genrate")>;
using slowdown_atom = caf::atom_constant<caf::atom("slowdown")>;
using detail_atom = caf::atom_constant<caf::atom("detail")>;
using pace_atom = caf::atom_constant<caf::atom("pace")>;
using report_atom = caf::atom_constant<caf::atom("report")>;
using observe_atom = caf::atom_constant<caf::atom("observe")>;
using alive_atom = caf::atom_constant<caf::atom("alive")>;
using make_plan_atom = caf::atom_constant<caf::atom("makeplan")>;
using survey_atom = caf::atom_constant<caf::atom("survey")>;
/// The steps of a node that leaves: it begins nothing; it tells its peers; those that wait are sent
/// on to another node, and in the end those as well whose requests still run.
using draining_atom = caf::atom_constant<caf::atom("draining")>;
using leave_atom = caf::atom_constant<caf::atom("leave")>;
using send_on_atom = caf::atom_constant<caf::atom("sendon")>;
using hand_over_atom = caf::atom_constant<caf::atom("handover")>;
/// A small piece of work, timed; figures that are asked for.
using reference_atom = caf::atom_constant<caf::atom("reference")>;
using asked_atom = caf::atom_constant<caf::atom("asked")>;
/// The share of its calibrated speed that a device has.
using speed_atom = caf::atom_constant<caf::atom("speed")>;
using look_atom = caf::atom_constant<caf::atom("look")>;
using idle_atom = caf::atom_constant<caf::atom("idle")>;
/// What names mean on the shelf may have changed; what one means in this node's store.
using names_atom = caf::atom_constant<caf::atom("names")>;
using meaning_atom = caf::atom_constant<caf::atom("meaning")>;
/// "Get this model here", without measuring it.
using fetch_atom = caf::atom_constant<caf::atom("fetch")>;
/// How much is asked, and how it is taken.
using load_atom = caf::atom_constant<caf::atom("load")>;
/// The methods that somebody chose by hand for models.
using pins_atom = caf::atom_constant<caf::atom("pins")>;

}  // namespace bramble

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bramble::link_offer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bramble::places)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bramble::reached_place)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bramble::opened_model_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bramble::local_name)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bramble::planning_question_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bramble::planning_answer_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bramble::ways_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bramble::store_listing_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bramble::data_frame)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bramble::data_link_lost)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bramble::run_order)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bramble::run_result)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bramble::capacity_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bramble::model_pace)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bramble::kernel_wishes_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bramble::run_times)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bramble::leave_reply)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bramble::local_addresses)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bramble::member_event::sighted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<bramble::link_report>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<bramble::plan_status>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<bramble::model_load>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<bramble::load_way>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<bramble::method_pin>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bramble::node_actor)
