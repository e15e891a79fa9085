#pragma once

#include <chrono>
#include <cstddef>

/// How links and devices are measured again that no plan uses: nothing that runs on them would tell
/// that they are back to what they were.
namespace bramble::defaults {

/// A settled link that carries nothing large gets a probe this long after the last one: so often
/// while somebody plans with its rate, and so often else. Twice within the 3 and 10 s in which a
/// link that recovered is to be known, since a busy sender or reader may spoil one.
inline constexpr std::chrono::milliseconds link_refresh_asked{1'200};
inline constexpr std::chrono::seconds link_refresh_idle{4};

/// Somebody who plans asks every `review_interval` while requests flow; for so long after it they
/// count as flowing.
inline constexpr std::chrono::milliseconds asked_memory{2'000};

/// When such a probe was not what was expected, so many more follow at once: two frames in a row
/// are believed, and a third shows the rate at its full size.
inline constexpr std::size_t link_probe_follow_ups = 3;

/// Such probes take at most this share of a link's time, and of the node's: 80 kB a second of a
/// link of 10 Mbit/s. On links under 10 Mbit/s the smallest probe is longer than 50 ms, and they
/// are looked at more seldom.
inline constexpr double link_probe_share = 0.05;

/// Probes over a link that somebody wants to have measured now, whatever is known of it.
inline constexpr std::size_t link_probe_forced = 5;

/// A link has become faster when so many frames in a row come faster than this share of its rate
/// and differ by no more than the factor. Hardly anything makes a frame look too fast, so two do.
inline constexpr std::size_t rate_rise_frames = 2;
inline constexpr double rate_rise_share = 1.2;
inline constexpr double rate_rise_spread = 1.5;

/// A device whose pieces were not seen for so long does a small piece of work to be timed: soon
/// after the last, so that there is something to compare with, and then again after so long while
/// somebody plans with its speed, and else. 0.1 GMAC three times are 50 ms on a Pi 4.
inline constexpr std::chrono::milliseconds device_first_look{500};
inline constexpr std::chrono::milliseconds device_refresh_asked{2'000};
inline constexpr std::chrono::seconds device_refresh_idle{8};
inline constexpr int device_piece_runs = 3;

/// What it says counts when the device is quicker by this factor than it was; and when its pieces
/// then take this much longer than promised, the next look comes twice as late, up to the second.
inline constexpr double device_recovered = 1.3;
inline constexpr std::chrono::seconds device_refresh_most{120};

/// How often the meter looks whether a device wants to be timed.
inline constexpr std::chrono::milliseconds device_look_interval{250};

/// Measuring a node's links and its speed by hand: five probes over each of seven links take 1 s,
/// and a node that computes a long piece answers after it.
inline constexpr std::chrono::milliseconds remeasure_timeout{10'000};

/// What a request waited for others is told beside its latency when it is more than this share.
inline constexpr double waiting_told_share = 0.05;

/// Of several causes of another plan, those are told whose weight (what they explain of the gain;
/// else the logarithm of the change) is at least this share of the first one's.
inline constexpr double cause_least_share = 0.4;

/// So many of the clearest changes are weighed by what they explain: two predictions each, of
/// which the planner makes thousands for a plan.
inline constexpr std::size_t causes_weighed = 8;

/// A reason that is older than this when its plan is made at last is told with its age.
inline constexpr std::chrono::seconds reason_is_news{10};

}  // namespace bramble::defaults
