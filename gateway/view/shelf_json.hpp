#pragma once

#include <string>

#include "console/top/snapshot.hpp"

namespace bramble::gateway {

/// The shelf as GET /v1/shelf tells it, in one line; gateway/README.md has its form. `trouble`: why
/// it is not of now; empty: it is. A shelf of which nothing is known yet (null) has no nodes.
std::string shelf_json(const top_snapshot* now, const std::string& trouble);

}  // namespace bramble::gateway
