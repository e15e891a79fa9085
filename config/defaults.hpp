#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "config/defaults_balancer.hpp"

/// Every number that decides behaviour, with its unit in its type or its name, and why it is what
/// it is. Flags beat BRAMBLE_* variables beat bramble.toml beat these.
namespace bramble::defaults {

using std::chrono::milliseconds;
using std::chrono::seconds;

// -- addresses ---------------------------------------------------------------------------------

/// CAF control plane (mutual TLS). The data plane listens on the next port up.
inline constexpr std::uint16_t control_port = 7741;

// -- control plane -----------------------------------------------------------------------------

/// Both must be the same on every node: a node that sends none looks dead to one that expects them.
inline constexpr milliseconds heartbeat_interval{500};

/// Heartbeats count complete messages only, so this must exceed the time of the largest control
/// message (about 1 MB) on the slowest supported link (10 Mbit/s: 0.8 s).
inline constexpr milliseconds connection_timeout{3000};

/// A dial goes through one actor that CAF blocks in connect(2); a probe goes first and gives up
/// here.
inline constexpr milliseconds dial_timeout{2000};

/// Dialling again: doubled from the first to the last. Under 100 ms CAF returns the dead handle. A
/// node that can be reached again has to take part within a second: at worst two pauses (its knock,
/// then our dial) and 0.5 s of planning beside a request. A probe of one that cannot is a packet.
inline constexpr milliseconds dial_backoff_first{150};
inline constexpr milliseconds dial_backoff_last{200};

/// Of a probe between nodes: longer than a round trip through queues that tensors fill, and less
/// than the second after which the kernel repeats what a dead link swallowed.
inline constexpr milliseconds probe_timeout{500};

/// Of two nodes one dials; the other waits this much longer before it does too. Longer than the
/// dialling one's pause, probe and handshake, so that both hardly ever dial at once.
inline constexpr milliseconds dial_courtesy{2500};

/// How often a node tells each peer what it knows of the members.
inline constexpr milliseconds gossip_interval{1000};

/// Answers to gossip come at once; a peer that takes longer is slow or gone.
inline constexpr milliseconds gossip_timeout{3000};

/// So long a node fetches a model that a client asked about before it says that it still does: well
/// within what a client takes for silence.
inline constexpr milliseconds describe_patience{1500};

/// A view of the cluster that names more members is refused; a full mesh of more makes no sense.
inline constexpr std::size_t members_limit = 256;
inline constexpr std::size_t member_name_length = 63;

/// What an actor says of itself; one that computes a long piece is shown as busy.
inline constexpr milliseconds detail_timeout{500};

/// A plan may need a model to be fetched and measured on every node first.
inline constexpr milliseconds plan_timeout{300'000};

/// Fetching 170 MB takes 13.6 s at 100 Mbit/s; measuring a model on a Pi 4 about a minute.
inline constexpr milliseconds prepare_timeout{240'000};

/// Building the kernels of a plan's pieces.
inline constexpr milliseconds install_timeout{60'000};

/// A member that failed is forgotten after this long, so that `status` shows no ghosts.
inline constexpr seconds forget_failed_after{600};

/// A control message is refused above this size before it is allocated. Plans are the largest: 60
/// bytes a piece, half a MB for a thousand ops on eight nodes.
inline constexpr std::size_t control_message_limit_bytes = 16U << 20;

/// Tensors between a client and its node go in one message up to here: room for the photo of
/// Inception (1.07 MB), and half of `connection_timeout` at 10 Mbit/s.
inline constexpr std::size_t message_tensor_bytes = 1536U << 10;

/// Larger ones go in parts: each a tenth of a second at 10 Mbit/s, so that heartbeats pass between
/// them; and enough of them under way to keep a fast link busy.
inline constexpr std::size_t part_bytes = 128U << 10;
inline constexpr std::size_t parts_under_way = 4;

/// A client or node that does not go on with its parts for so long is given up: all those under way
/// take 0.4 s at 10 Mbit/s.
inline constexpr milliseconds part_timeout{15'000};

/// What a node holds of large tensors for all clients together, as for its peers (see
/// total_window_bytes); inputs that would be more are refused.
inline constexpr std::size_t chunks_limit_bytes = 128U << 20;

/// A node that leaves tells its peers; one that does not answer within this sees it go all the
/// same.
inline constexpr milliseconds leave_timeout{300};

/// How long a node that leaves finishes what runs on it: most requests, and all together with the
/// other two less than the 2 s in which a node is to be gone.
inline constexpr milliseconds finish_timeout{900};

/// Then it ends, whatever still computes: nothing on disk can be half written.
inline constexpr milliseconds exit_timeout{300};

/// Peers keep their data link to one that left for so long, since running requests may need it.
inline constexpr seconds left_linger{5};

/// Workers of the CAF scheduler; control messages are few and short.
inline constexpr std::size_t scheduler_threads = 3;

// -- requests ----------------------------------------------------------------------------------

/// A request is tried again on a new plan when a node fails under it. The last attempt runs on the
/// host alone.
inline constexpr std::uint32_t request_attempts = 6;

/// A host refuses more at once: each keeps its input, 1 MB of a photo, until it is answered.
inline constexpr std::size_t requests_open = 1'024;

/// After this long only the host alone is tried once more; then the client is told.
inline constexpr milliseconds request_patience{60'000};

/// Between two attempts: the news of a failed node needs about this long to arrive everywhere.
inline constexpr milliseconds retry_pause{30};

/// A run that takes longer than base + factor * prediction has its nodes asked for a sign of life,
/// and again in this interval. Asking costs a round trip, and predictions are 10 to 25 % off.
inline constexpr milliseconds run_check_base{50};
inline constexpr double run_check_factor = 1.25;
inline constexpr milliseconds liveness_interval{250};

/// A node that does not answer within this is taken as frozen or cut off. The answer may have to
/// pass what the kernels of both sides hold of tensors: 512 kB are 200 ms at 20 Mbit/s.
inline constexpr milliseconds liveness_timeout{400};

/// A run whose nodes all answer is given up only after base + factor * prediction: a slow link is
/// not a dead one.
inline constexpr milliseconds run_deadline_base{5000};
inline constexpr double run_deadline_factor = 10;

/// Plans a node keeps ready, oldest out first: a few models, methods and hosts at once.
inline constexpr std::size_t installed_plans = 16;

/// Of them for one model, method, wire and host: the latest, and the one before it, whose requests
/// may still be under way. Each can hold slices of the weights that no other one has.
inline constexpr std::size_t installed_plans_alike = 2;

/// A node without requests for this long gives back the memory of their tensors. Having it again
/// costs the next request a page fault every 4 KiB, some 8 % of its time.
inline constexpr milliseconds rest_after{2000};

/// From this size on, what an import allocates goes back to the system when it is freed, instead of
/// leaving holes that the next weight or tensor does not fit into.
inline constexpr int import_mapped_bytes = 65536;

/// What `bramble plan --live` tells: medians of so many requests, so many switches.
inline constexpr std::size_t plan_log_runs = 5;
inline constexpr std::size_t plan_log_switches = 16;

/// A coordinator refuses to make more plans at once: a shelf has few hosts, and each asks for the
/// few models it works with.
inline constexpr std::size_t planning_rounds = 64;

/// What a coordinator or host keeps of what it can find out again, the last used: plans (50 to
/// 100 kB each), graphs of models (0.3 MB), and the facts behind plans (0.3 MB with four nodes).
inline constexpr std::size_t plans_remembered = 64;

/// Requests to compute an op as others do that a coordinator does not repeat.
inline constexpr std::size_t agreements_remembered = 1'024;
inline constexpr std::size_t graphs_remembered = 32;
inline constexpr std::size_t reviews_remembered = 32;

/// A node can be slowed to a hundredth by hand; `drain` is for less.
inline constexpr double pace_factor_least = 0.01;

/// A limit by hand above what any card of a small computer does is a slip of the finger.
inline constexpr double rate_limit_mbit_most = 10'000;

/// Requests that ended here lately, whose late frames must not start them again.
inline constexpr std::size_t remembered_requests = 1024;

/// What a network interface can do while no link of it was measured.
inline constexpr double assumed_nic_mbit = 940;

// -- data plane --------------------------------------------------------------------------------

/// No frame is larger; the largest activation of VGG-16 is 12.8 MB.
inline constexpr std::size_t frame_limit_bytes = 64U << 20;

/// Weights travel in blocks of this size, so that tensors can pass between them.
inline constexpr std::size_t blob_block_bytes = 1U << 20;

/// No single weight file is larger (VGG-16's largest is 411 MB).
inline constexpr std::size_t blob_limit_bytes = 1U << 30;

/// A fetch that receives nothing for this long is given up: one block takes 0.8 s at 10 Mbit/s.
inline constexpr milliseconds blob_stall_timeout{15'000};

/// Models that a node fetches at once: each is on its way for a request or a plan that waits.
inline constexpr std::size_t model_fetches = 16;

/// How often a link is looked for that wants a probe: so often while there are links whose rate is
/// not settled, one at a time, and else so often.
inline constexpr milliseconds link_probe_hurry{25};
inline constexpr milliseconds link_probe_interval{100};

/// Rates that have not settled after so many probes will not: the machine is too busy.
inline constexpr std::size_t link_probe_tries = 12;

/// How long connecting and the TLS handshake may take together.
inline constexpr milliseconds data_connect_timeout{3000};

/// Frames other than tensors, weight blocks and probes say little; more is a mistake or an attack.
inline constexpr std::size_t small_frame_limit_bytes = 64U << 10;

/// What may wait for one peer: any one request's tensors fit (see above), a runaway sender does
/// not.
inline constexpr std::size_t tensor_window_bytes = 64U << 20;

/// What may wait for all peers together before those with more than their part are refused more:
/// two full windows, an eighth of the smallest Pi worth using. Any number of slow peers hold at
/// most twice this and a frame each.
inline constexpr std::size_t total_window_bytes = 128U << 20;

/// Pings and their answers waiting for one peer. They are few; a peer that asks for more and never
/// reads gets no more.
inline constexpr std::size_t control_frames_limit = 64;

/// Weights waiting for one peer: enough to keep a link busy, little to hold in memory.
inline constexpr std::size_t blob_window_bytes = 8U << 20;

/// What the kernel may hold unsent of a link, as time at the measured rate and within these bounds:
/// a tensor cannot overtake what is already there, and our thread has to wake up in time to refill.
/// 256 kB are 2 ms at 1 Gbit/s, and what a link begins with.
inline constexpr milliseconds unsent_low_water{2};
inline constexpr std::size_t unsent_bytes_least = 16U << 10;
inline constexpr std::size_t unsent_bytes_most = 256U << 10;

/// A ping each time; also what keeps an idle link known to be alive.
inline constexpr milliseconds data_ping_interval{1000};

/// Nothing at all arrived for so long (bytes count, not whole frames): the link is down. Both sides
/// ping, so a link that is only slow is never silent.
inline constexpr milliseconds data_silence_timeout{3000};

/// Connections that have not shown a certificate yet; above it the oldest goes. An honest handshake
/// takes milliseconds, so only silent ones are old.
inline constexpr std::size_t data_unauthenticated_limit = 32;

/// Accepting failed (no descriptors left): look again after this instead of spinning.
inline constexpr milliseconds accept_retry{200};

/// A smaller frame says more about latency than about bandwidth.
inline constexpr std::size_t bandwidth_sample_bytes = 48U << 10;

/// The head of a frame that does not count for the rate: what a token bucket (20 kB at 940 Mbit/s
/// on the testbed) and one train of the sender's kernel let through at the speed of memory.
inline constexpr std::size_t rate_head_bytes = 24U << 10;

/// Rates are taken over stretches of this size (1.1 ms at 940 Mbit/s, far over the jitter of
/// interrupts), and over a rest of at least the second.
inline constexpr std::size_t rate_stretch_bytes = 128U << 10;
inline constexpr std::size_t rate_least_bytes = 24U << 10;

/// A longer look at clock and kernel than this was interrupted, and its two halves do not match.
inline constexpr std::chrono::microseconds rate_look_limit{40};

/// The rate is this quantile (by bytes) of the samples of the last moments, or of the last few
/// where there were fewer: a sender short of CPU time makes up to three quarters of them too low.
inline constexpr double rate_quantile = 0.75;
inline constexpr milliseconds rate_memory{1500};
inline constexpr std::size_t rate_samples_least = 16;
inline constexpr std::size_t rate_samples_most = 256;

/// A link has become slower when so many frames in a row stay under this share of its rate, over at
/// least this time, and differ by no more than the factor. A processor busy with something else
/// makes them slow, too, but not alike.
inline constexpr std::size_t rate_drop_frames = 3;
inline constexpr double rate_drop_share = 0.85;
inline constexpr milliseconds rate_drop_time{30};
inline constexpr double rate_drop_spread = 1.25;

/// Others that pass fewer bytes than this share of a frame's do not slow it noticeably; a frame
/// that gets less than the second share of its fair part is held up by its own link.
inline constexpr double rate_shared_least = 0.1;
inline constexpr double rate_fair_least = 0.5;

/// A rate is settled when this many frames were seen alone and half of all samples reach this share
/// of it.
inline constexpr std::size_t rate_settled_frames = 3;
inline constexpr double rate_settled_share = 0.9;

/// A peer hears of a rate that moved by more than this share at once, but not more often than this.
inline constexpr double rate_news_share = 0.05;
inline constexpr milliseconds rate_news_pause{50};

/// A probe takes this long at the rate known so far, within these bounds: the first finds out what
/// the next has to be. It must be long beside the stretches above, short beside a request.
inline constexpr milliseconds probe_time{10};
inline constexpr std::size_t probe_bytes_least = 64U << 10;
inline constexpr std::size_t probe_bytes_most = 1U << 20;

/// The round trip is the least of so many pings on an idle link: the others waited for something.
inline constexpr std::size_t round_trip_samples = 8;

// -- identity and keys -------------------------------------------------------------------------

/// Certificates of nodes: longer than a shelf lives, since nobody renews a Raspberry Pi's.
inline constexpr std::chrono::hours node_validity{24 * 3652};

/// The authority's: longer than that of a node it certifies in its tenth year. Never renewed.
inline constexpr std::chrono::hours authority_validity{24 * 7305};

/// Certificates start this long before they are made: Pis have no battery for their clock.
inline constexpr std::chrono::hours validity_head_start{24};

/// A bundle is one key and two certificates, about 2 KiB of text.
inline constexpr std::size_t key_file_limit_bytes = 64U << 10;

/// A label of DNS has 63 characters, a certificate's common name 64; a cluster's name shares its
/// own with "bramble cluster " and an id.
inline constexpr std::size_t node_name_longest = 63;
inline constexpr std::size_t cluster_name_longest = 32;

// -- options -----------------------------------------------------------------------------------

/// Every address of the machine: a shelf's switch is usually all there is.
inline constexpr const char* listen_address = "0.0.0.0";

/// Where the read verbs and the console look for a node.
inline constexpr const char* client_host = "localhost";

/// Exact by default; fp16 and int8 are for slow links and are chosen by hand.
inline constexpr const char* wire = "fp32";

/// More than any machine that Bramble is built for; beyond it is a slip of the finger.
inline constexpr int threads_limit = 1024;

/// A board's name is told up to here; "Raspberry Pi Compute Module 4 Rev 1.1" has 37.
inline constexpr std::size_t board_name_longest = 80;

/// From far under a Pi Zero to far over any CPU, in 1e9 multiply-accumulates a second.
inline constexpr double pace_gmacs_least = 1e-3;
inline constexpr double pace_gmacs_most = 1e6;

/// An options file is a screenful.
inline constexpr std::size_t options_file_limit_bytes = 1U << 20;

/// A tensor's shape as typed: no model known to us has more dimensions, and 256 Mi elements are
/// 1 GiB of float32, more than a Pi can hold beside a model.
inline constexpr std::size_t shape_dimensions_limit = 8;
inline constexpr std::int64_t shape_elements_limit = 256LL << 20;

// -- images and input --------------------------------------------------------------------------

/// The largest camera made for a Pi has 64 megapixels (9152x6944); 192 MB as RGB.
inline constexpr std::int64_t image_pixels_limit = 64'000'000;

/// A progressive JPEG may ask for its image to be gone over thousands of times from a few bytes;
/// encoders make about ten scans.
inline constexpr int jpeg_scans_limit = 100;

/// A 64-megapixel photo stored without compression is 192 MB; a tensor of the largest shape 1 GiB,
/// 2 GiB as float64.
inline constexpr std::size_t input_file_limit_bytes = (2ULL << 30) + 4096;

/// The networks were trained on pictures whose short side was 256 for a window of 224.
inline constexpr int resize_numerator = 256;
inline constexpr int resize_denominator = 224;

/// A label file has a line per class, about 20 bytes each.
inline constexpr std::size_t label_file_limit_bytes = 16U << 20;

// -- models ------------------------------------------------------------------------------------

/// A manifest's size; densenet121's is about 200 kB. Decoding one from a peer may take some hundred
/// times its bytes in memory.
inline constexpr std::size_t manifest_limit_bytes = 4U << 20;

/// What models may take on disk together, in 1e9 bytes: twenty to fifty of them, a quarter of a 32
/// GB card. Beyond the largest disk of a Pi is a slip of the finger.
inline constexpr double models_max_gb = 8;
inline constexpr auto models_max_bytes = static_cast<std::uint64_t>(models_max_gb * 1e9);
inline constexpr double models_max_gb_most = 1e5;

/// Names of models are names of files; an identity may be shortened to this many digits.
inline constexpr std::size_t model_name_limit = 64;
inline constexpr std::size_t identity_prefix_least = 6;

/// Sums over neighbouring channels become 1x1 convolutions up to here: they cost the square of the
/// channels. GoogLeNet's two have 64 and 192, together 7 % of its multiply-accumulates.
inline constexpr std::int64_t channel_sum_limit = 256;

}  // namespace bramble::defaults
