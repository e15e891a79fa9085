#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bramble::gateway {

/// What a request is about.
enum class target {
  server_live,
  server_ready,
  server_metadata,
  model_ready,
  model_metadata,
  infer,
  repository_index,
  repository_load,
  repository_unload,
  classify,
  run,
  shelf,
  events,
  node_drain,
  node_resume,
  node_pace,
  metrics,
  page,  ///< a file of the page: `name` is its path
};

/// What one has to be allowed to do for it.
enum class permission {
  none,  ///< says nothing of the shelf
  read,
  write,
};

struct route {
  target what = target::page;
  std::string name;     ///< of the model or node, or the file
  std::string version;  ///< of a model; empty: none was given
};

/// Where a request goes. `path` as it came, with %XX in it and without what stands behind '?'.
/// Throws `refusal`: 404 for a path that is none, 405 for another method, 400 for a name that
/// cannot be one. Any thread.
route route_of(std::string_view method, std::string_view path);

permission permission_for(target what);

/// "infer": how metrics call it.
const char* name_of(target what);

/// A value behind '?', decoded; empty where there is none.
std::string query_value(std::string_view target, std::string_view key);

}  // namespace bramble::gateway
