#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "actors/protocol/actor_report.hpp"

namespace bramble {

enum class actor_order : std::uint8_t { started, mailbox, rate, time };

/// "mailbox", "rate" (messages a minute), "time" (that handling them took lately). Throws
/// `user_error` that names them for anything else.
actor_order parse_actor_order(const std::string& text);
const std::vector<std::string>& actor_orders();

/// Busiest first, where it is not in the order in which they began.
void sort_actors(std::vector<actor_info>& actors, actor_order by);

/// What lists of actors have in their columns, and an actor's cells of them.
const std::vector<std::string>& actor_columns();
std::vector<std::string> actor_row(const actor_info& actor);

/// A table for people, a node after the other; as a tree: under each actor those that it made, and
/// who sends it most. Ends with a newline.
std::string describe_actors(const std::vector<actor_list>& nodes, bool as_tree);

/// All that is known of one actor: what it does, its times, its messages by kind, who sends them.
std::string describe_actor(const std::string& node, const actor_info& actor);

nlohmann::json to_json(const actor_info& actor);
nlohmann::json to_json(const std::vector<actor_list>& nodes);

/// The actor of this name ("peer_link pi3", or a beginning of it that only one has), or of this
/// number ("#25"). Throws `user_error` that says which there are.
const actor_info& find_actor(const actor_list& list, const std::string& name);

}  // namespace bramble
