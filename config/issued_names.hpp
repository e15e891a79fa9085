#pragma once

#include <filesystem>
#include <string>

namespace bramble {

/// Takes down in `file`, which lies beside an authority's key, that a node of this name has keys:
/// two machines of one name can never be members of one cluster. Throws `user_error`, saying what
/// to type, when it has some already and does not `replace` them. One line for each: "NAME
/// YYYY-MM-DD". Any number of processes.
void record_issued_name(const std::filesystem::path& file, const std::string& name, bool replace);

}  // namespace bramble
