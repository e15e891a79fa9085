#pragma once

namespace bramble {

/// Makes the linker take certified_node_id.cpp into the program, which is all it takes; see there.
void certify_node_id();

}  // namespace bramble
