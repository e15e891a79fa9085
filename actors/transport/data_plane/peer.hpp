#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "actors/transport/data_plane/connection.hpp"
#include "actors/transport/data_plane/data_plane.hpp"
#include "actors/transport/data_plane/link_meter.hpp"
#include "actors/transport/data_plane/outbox.hpp"
#include "actors/transport/data_plane/path_book.hpp"

namespace bramble::transport {

enum class link_state : std::uint8_t {
  waiting,  ///< never had a connection: frames queue
  up,
  down  ///< frames are refused
};

/// What a data plane knows of one peer.
struct peer {
  peer(asio::io_context& io, std::string peer_name, bool is_dialled,
       const data_plane_config& config)
      : name{std::move(peer_name)},
        dials{is_dialled},
        waiting{config.tensor_window, config.blob_window},
        backoff{config.backoff_first},
        timer{io},
        patience{io} {}

  const std::string name;
  const bool dials;  ///< this side dials first; the other does when it waited in vain

  // Guarded by the data plane's mutex.
  std::vector<std::string> hosts;  ///< likeliest first
  std::uint16_t port = 0;
  /// Why there is no link and since when; what the last attempt said. Empty `trouble`: none yet.
  std::string trouble;
  std::chrono::steady_clock::time_point missing_since = std::chrono::steady_clock::now();
  link_state state = link_state::waiting;
  bool removed = false;
  bool kicked = false;  ///< the thread is already on its way to look into `waiting`
  outbox waiting;
  link_meter meter;
  std::size_t probe_growth = 1;  ///< of the last probe, because those before told nothing
  std::uint64_t samples_before_probe = 0;
  link_stats counts;             ///< only the counters are kept here
  std::size_t data_waiting = 0;  ///< tensors and weights that are not with the kernel yet
  /// When one of them was queued, sent or came last.
  std::chrono::steady_clock::time_point last_data = std::chrono::steady_clock::now();

  // Of the data plane's thread.
  connection_ptr link;
  connection_ptr candidate;  ///< takes the link's place when it is up
  path_book paths;
  bool resolving = false;
  std::size_t attempts = 0;  ///< failed in a row: another address of the name first next time
  std::chrono::milliseconds backoff;
  std::chrono::steady_clock::time_point up_since;
  asio::steady_timer timer;     ///< to dial again
  asio::steady_timer patience;  ///< the end of the wait for the other to dial
};

using peer_ptr = std::shared_ptr<peer>;

}  // namespace bramble::transport
