#pragma once

#include <functional>
#include <string>

namespace bramble {

/// Told of each stage ("loading", "tracing", "checking", "storing weights") as it begins, and how
/// much of it is done, from 0 to 1. May be empty. Called on the importing thread.
using import_progress = std::function<void(const std::string& stage, double done)>;

inline void report(const import_progress& progress, const std::string& stage, double done) {
  if (progress) progress(stage, done);
}

}  // namespace bramble
