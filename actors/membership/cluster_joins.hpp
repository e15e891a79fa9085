#pragma once

#include "actors/membership/cluster.hpp"
#include "actors/membership/dialer.hpp"
#include "config/defaults.hpp"

/// How a node finds its shelf: at the addresses it was given, and where it met the others before.
namespace bramble {

/// A link to who is there; `expected` is empty where only an address is known.
peer_link_actor start_link(cluster_pointer self, places where, const std::string& expected,
                           bool awaits_offer = false,
                           std::chrono::milliseconds backoff_last = defaults::dial_backoff_last);

/// Dials the --join addresses nobody of whom we have a link to: at the start, and again when a
/// member was away for so long that both sides forgot each other.
void join(cluster_pointer self);

/// Dials those of an earlier life that nobody speaks of, until somebody does.
void recall(cluster_pointer self);

/// What an island of one would need to find its shelf again, for the disk.
void note_peers(cluster_pointer self);

}  // namespace bramble
