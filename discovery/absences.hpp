#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace bramble {

/// Somebody this node looks for and does not get, or that it does not let in.
struct absence {
  enum class kind_t : std::uint8_t {
    not_joined,  ///< an address to join; `who` is empty
    missing,     ///< a member
    refused      ///< it came, and has another's name
  } kind = kind_t::not_joined;
  std::string who;
  std::string where;  ///< the places tried, or where it came from; for people
  std::string why;    ///< a sentence without its full stop, with what to try
  double for_s = 0;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(kind, who, where, why, for_s);
  }
};

/// What of such failures is said, and when: the first at once, another cause soon, the same again
/// seldom. An attempt is made several times a second, so each must not be a line. Pure: the caller
/// tells the time.
class absence_book {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// An attempt failed; those of one key are the same. A sentence for the log when it is time for
  /// one.
  std::optional<std::string> failed(const std::string& key, const absence& what, time_point now);

  /// It is there, or not looked for any more. Whether a line was written of its absence.
  bool over(const std::string& key);

  std::vector<absence> list(time_point now) const;

 private:
  struct entry {
    absence what;
    time_point since;
    time_point said;
    time_point last;
    std::chrono::seconds pause{0};  ///< until the same is said again
  };

  void make_room();

  std::map<std::string, entry> entries_;  ///< at most defaults::absences_most
};

/// "cannot reach pi3 at 10.0.0.3 port 7741: Connection refused", "cannot join ...", "refuses ...".
std::string describe(const absence& what);

/// What to try, by the text of the error: ", which means that ..."; empty where it says enough
/// itself.
std::string advice_for(const std::string& why);

}  // namespace bramble
