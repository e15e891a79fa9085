#pragma once

#include <set>
#include <string>
#include <utility>

namespace bramble {

/// Two nodes of which one gets no sign of life from the other, the smaller name first.
using cut_pair = std::pair<std::string, std::string>;

/// Nodes without which no two are cut from each other: first who is from most others; among equals
/// the last by name, since the first ones coordinate.
std::set<std::string> ends_to_avoid(std::set<cut_pair> cut);

/// Both ends of every pair.
std::set<std::string> ends_of(const std::set<cut_pair>& cut);

}  // namespace bramble
