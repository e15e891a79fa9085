#pragma once

namespace bramble {

/// Makes the linker take openssl_guard.cpp into the program, which is all it takes; see there.
void guard_openssl();

}  // namespace bramble
