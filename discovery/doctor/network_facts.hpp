#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/base/codec.hpp"
#include "discovery/mdns/mdns.hpp"

/// What the checks of the network look at; plain data. 0, empty and no value: not known.
namespace bramble {

/// A network card, real or made by a program.
struct card_facts {
  std::string name;
  bool is_up = false;  ///< with a cable, or in a wireless network
  bool is_real = false;
  bool is_wireless = false;
  bool is_half_duplex = false;
  double mbit = 0;       ///< as agreed with the other end of the cable
  double able_mbit = 0;  ///< the most it can
  int mtu = 0;           ///< bytes of its largest packet
  std::optional<double> signal_dbm;
  std::uint64_t packets = 0;
  std::uint64_t broken = 0;  ///< of these, since boot
};

/// One direction between two nodes, as the one at its beginning sees it.
struct node_route {
  std::string from;
  std::string to;
  std::string control;  ///< why the other's control port cannot be reached; empty: it can
  std::string data;     ///< likewise
  std::string own;      ///< address of ours that leads there
  std::string host;     ///< address that answered
  std::string card;
  bool is_wireless = false;
  double card_mbit = 0;

  bool is_open() const { return control.empty() && data.empty(); }
  bool is_shut() const { return !control.empty() && !data.empty(); }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(from, to, control, data, own, host, card, is_wireless, card_mbit);
  }
};

/// Whether large packets arrive where small ones do.
struct packet_facts {
  int largest = 0;  ///< bytes of a packet that arrived; 0: not even small ones are answered
  int tried = 0;    ///< what this machine sends
};

/// A member that is alive, and the routes between it and this node.
struct peer_facts {
  std::string name;
  std::uint16_t control_port = 0;
  std::uint16_t data_port = 0;
  node_route out;
  std::optional<node_route> in;  ///< nothing: it gave no answer
  std::string silence;           ///< why it gave none
  packet_facts packets;
  bool has_control = false;  ///< a link for commands is up, whichever side made it
  bool has_data = false;     ///< a link for tensors likewise
  double mbit = 0;           ///< of tensors that we send, measured
  double rtt_ms = 0;
};

struct network_facts {
  std::string self;
  std::uint16_t control_port = 0;
  std::uint16_t data_port = 0;
  std::vector<card_facts> cards;
  std::uint64_t segments = 0;  ///< of TCP that this machine sent
  std::uint64_t again = 0;     ///< of these, for the second time
  std::vector<peer_facts> peers;
  std::optional<mdns_facts> mdns;  ///< nothing: the node does not use it
};

}  // namespace bramble
