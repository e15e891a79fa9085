#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace bramble {

/// A certificate as the list beside an authority's key has it. Days as "YYYY-MM-DD".
struct issued_certificate {
  std::string name;
  std::string day;        ///< when it was issued
  std::string until;      ///< its last day; empty in lists of before there were serial numbers
  std::string serial;     ///< of the certificate, hexadecimal; likewise
  std::string how;        ///< "init", "issue", "invite", "renewal", "rotate"; likewise
  std::string authority;  ///< that signed it, the first digits of its fingerprint; likewise
};

/// Takes down in `file`, which lies beside an authority's key, that a node of this name has keys:
/// two machines of one name can never be members of one cluster. Throws `user_error`, saying what
/// to type, when it has some already and does not `replace` them. One line for each, its fields
/// with blanks between. Any number of processes.
void record_issued(const std::filesystem::path& file, const issued_certificate& what, bool replace);

/// All of them, oldest first; none where there is no such file.
std::vector<issued_certificate> read_issued(const std::filesystem::path& file);

}  // namespace bramble
