#pragma once

#include <stdexcept>
#include <string>

namespace bramble {

/// Something the owner of the shelf can put right: a bad file, flag, address or message from
/// outside. `what()` is one complete sentence that names the place and, where there is one, the
/// next thing to type. `main` prints it and exits with 1; everything else that escapes is a defect.
class user_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What was typed cannot be right, whatever the machine's state: `main` exits with 2.
class usage_error : public user_error {
 public:
  using user_error::user_error;
};

}  // namespace bramble
