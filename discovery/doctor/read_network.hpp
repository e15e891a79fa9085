#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "discovery/doctor/network_facts.hpp"

namespace bramble {

/// The most that a card can, in Mbit/s; 0 where it does not say.
using card_ability = std::function<double(const std::string& card)>;

/// As its driver tells it (ethtool).
double ask_driver(const std::string& card);

/// Reads /sys/class/net and /proc/net below `root`: all cards but loopback.
std::vector<card_facts> read_cards(const std::filesystem::path& root = "/",
                                   const card_ability& ability = ask_driver);

/// What TCP sent since boot, and sent again: into `segments` and `again`.
void read_segments(network_facts& into, const std::filesystem::path& root = "/");

}  // namespace bramble
