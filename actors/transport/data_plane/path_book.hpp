#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace bramble::transport {

/// Decides which of a peer's addresses the link to it goes over, by what each was measured to
/// carry: a machine with a cable and a wireless card is reached over both, and which is faster is
/// known of neither before something went over it. Addresses are numeric text. No clock, no socket.
class path_book {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// The link goes over this address from now on.
  void over(const std::string& host, time_point now);
  /// ... and carries this, in Mbit/s, after as many measurements as are needed to believe it.
  void measured(double mbit);
  /// This address is tried now. Unless `over` follows, it did not answer, or somebody else did.
  void attempted(const std::string& host, time_point now);
  /// It answered, but the link carries something just now: it may be tried again at once.
  void put_off(const std::string& host);

  /// Where to move the link: to what is known to be faster, else to what was never tried of the
  /// family of where it is. Nothing before the link itself is measured.
  std::optional<std::string> better(const std::vector<std::string>& hosts, time_point now) const;

  /// In which order to dial: the fastest known first, the others as they stand.
  std::vector<std::string> in_order(std::vector<std::string> hosts) const;

 private:
  struct path {
    double mbit = 0;                      ///< 0: not known
    std::optional<time_point> attempted;  ///< in vain so far
  };

  double rate_of(const std::string& host) const;
  bool is_another_way(const std::string& host) const;
  bool is_in_vain(const std::string& host, time_point now) const;

  std::map<std::string, path> paths_;
  std::string current_;
  bool is_trial_ = false;  ///< nothing was known of it when the link came there
  time_point since_;
};

}  // namespace bramble::transport
