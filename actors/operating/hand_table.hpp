#pragma once

#include "actors/operating/operator_desk.hpp"

namespace bramble {

/// What may be sent by hand to these actors: first what only asks, then what has something done.
/// Left out are messages with what nobody can type (handles, tensors, plans, files), and those for
/// which the console has a command of its own that does more.
std::vector<std::shared_ptr<const hand_entry>> hand_table(const operator_desk_config& config);

/// The entry for that message. Throws `user_error`, which names the actors, or the messages of this
/// one, where there is none.
const hand_entry& find_entry(const std::vector<std::shared_ptr<const hand_entry>>& table,
                             const std::string& actor, const std::string& message);

/// Throws `user_error`, which names the fields with their types, for a field that the message does
/// not have, one that was typed twice and one that is missing.
void check_fields(const hand_offer& offer, const std::vector<hand_value>& typed);

}  // namespace bramble
