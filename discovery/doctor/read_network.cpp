#include "discovery/doctor/read_network.hpp"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <sstream>

#include "discovery/address_watch.hpp"

namespace bramble {
namespace {

namespace fs = std::filesystem;

template <class Value>
Value value_in(const fs::path& file) {
  std::ifstream in{file};
  Value value{};
  // Of a card that is down the kernel has an error instead.
  if (!(in >> value)) return Value{};
  return value;
}

/// "wlan0: 0000   54.  -56.  -256 ..." below two lines of titles.
std::optional<double> signal_of(const std::string& card, const fs::path& root) {
  std::ifstream in{root / "proc/net/wireless"};
  for (std::string line; std::getline(in, line);) {
    std::istringstream words{line};
    std::string name, status;
    double quality = 0, level = 0;
    if (words >> name >> status >> quality && name == card + ":") {
      words.ignore();  // the point that marks a fresh figure
      if (words >> level) return level;
    }
  }
  return std::nullopt;
}

card_facts read_card(const fs::path& folder, const fs::path& root, const card_ability& ability) {
  std::error_code none;
  card_facts out;
  out.name = folder.filename().string();
  // "unknown" is what drivers say that do not know more than that they run.
  const auto state = value_in<std::string>(folder / "operstate");
  out.is_up = state == "up" || (state == "unknown" && value_in<int>(folder / "carrier") == 1);
  out.is_real = fs::exists(folder / "device", none);
  out.is_wireless = is_wireless_card(out.name, root);
  out.is_half_duplex = value_in<std::string>(folder / "duplex") == "half";
  if (out.is_up) out.mbit = std::max(0.0, value_in<double>(folder / "speed"));
  if (out.is_up && out.is_real) out.able_mbit = ability(out.name);
  out.mtu = value_in<int>(folder / "mtu");
  if (out.is_wireless) out.signal_dbm = signal_of(out.name, root);
  const auto counted = [&](const char* what) {
    return value_in<std::uint64_t>(folder / "statistics" / what);
  };
  out.packets = counted("rx_packets") + counted("tx_packets");
  out.broken = counted("rx_errors") + counted("tx_errors");
  return out;
}

}  // namespace

double ask_driver(const std::string& card) {
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return 0;
  ethtool_cmd answer{};
  answer.cmd = ETHTOOL_GSET;
  ifreq request{};
  std::strncpy(request.ifr_name, card.c_str(), IFNAMSIZ - 1);
  request.ifr_data = reinterpret_cast<char*>(&answer);
  const bool known = ::ioctl(socket, SIOCETHTOOL, &request) == 0;
  ::close(socket);
  if (!known) return 0;
  const auto can = [&](std::uint32_t modes) { return (answer.supported & modes) != 0; };
  if (can(SUPPORTED_10000baseT_Full)) return 10'000;
  if (can(SUPPORTED_2500baseX_Full)) return 2500;
  if (can(SUPPORTED_1000baseT_Full | SUPPORTED_1000baseT_Half)) return 1000;
  if (can(SUPPORTED_100baseT_Full | SUPPORTED_100baseT_Half)) return 100;
  return 0;
}

std::vector<card_facts> read_cards(const fs::path& root, const card_ability& ability) {
  std::vector<card_facts> out;
  std::error_code none;
  const fs::directory_iterator cards{root / "sys/class/net", none};
  for (auto it = begin(cards); !none && it != fs::directory_iterator{}; it.increment(none))
    if (it->path().filename() != "lo" && fs::exists(it->path() / "operstate", none))
      out.push_back(read_card(it->path(), root, ability));
  std::sort(out.begin(), out.end(),
            [](const card_facts& a, const card_facts& b) { return a.name < b.name; });
  return out;
}

void read_segments(network_facts& into, const fs::path& root) {
  // Two lines: titles, then figures.
  std::ifstream in{root / "proc/net/snmp"};
  for (std::string titles, figures; std::getline(in, titles) && std::getline(in, figures);) {
    if (!titles.starts_with("Tcp:")) continue;
    std::istringstream names{titles}, values{figures};
    std::string name, value;
    while (names >> name && values >> value) {
      if (name == "OutSegs") into.segments = std::strtoull(value.c_str(), nullptr, 10);
      if (name == "RetransSegs") into.again = std::strtoull(value.c_str(), nullptr, 10);
    }
  }
}

}  // namespace bramble
