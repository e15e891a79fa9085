#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actors/internal/actors.hpp"

namespace bramble {

/// The actors of a node that are sent something by hand; those that are none are left out.
struct operator_desk_config {
  std::string self;
  coordinator_actor coordinator;
  requester_actor requester;
  branch_executor_actor executor;
  capacity_meter_actor meter;
  link_meter_actor links;
  model_finder_actor finder;
  remeasurer_actor remeasurer;
  cluster_actor cluster;
  std::vector<std::pair<std::string, described_actor>> all;  ///< by name: each says what it does
  event_teller tell = {};                                    ///< of what changes something
};

struct hand_entry;

struct operator_desk_state {
  static inline const char* name = "operator_desk";
  operator_desk_config config;
  std::vector<std::shared_ptr<const hand_entry>> table;
};

using operator_desk_pointer = operator_desk_actor::stateful_pointer<operator_desk_state>;

/// A message that may be sent by hand, and how.
struct hand_entry {
  hand_offer offer;
  /// Sends it; the answer, as JSON, goes into the promise.
  std::function<void(operator_desk_pointer, const std::vector<hand_value>&,
                     caf::typed_response_promise<hand_reply>)>
      send;
};

/// Sends messages to this node's actors that somebody typed, and says what they answer. What may be
/// sent is in a table of the actors' typed interfaces (hand_table.hpp); everything else is refused
/// with what there is.
operator_desk_actor::behavior_type operator_desk(operator_desk_pointer self,
                                                 operator_desk_config config);

}  // namespace bramble
