#pragma once

#include <caf/all.hpp>
#include <string>

#include "actors/observing/core/actor_counters.hpp"
#include "actors/observing/core/message_tap.hpp"

namespace bramble {

/// What kind of message this is, and whom it is from, as cheap as can be: for each message.
message_key key_of(const caf::mailbox_element& what, const caf::node_id& here);

/// The kind's name: "plan" for what begins with that atom, "data_frame" for what begins with a
/// type, "answer infer_reply" for an answer; "answer" alone for one that says nothing.
std::string name_of_kind(const caf::mailbox_element& what);

/// Which run it is about and what it carries, where that can be seen. Not cheap.
message_facts facts_of(const caf::type_erased_tuple& content);

bool is_error_in_answer(const caf::mailbox_element& what);

/// Why an actor ended, for people: never empty.
std::string reason_of(const caf::error& why);

/// "run_order" of bramble::run_order, of a shared pointer to one, and so on.
std::string short_type_name(const std::string& demangled);

}  // namespace bramble
