#pragma once

// Catch2 2 (Debian 12) and 3 (Debian 13) under one name. A test file that uses LibTorch includes it
// BEFORE this header: Debian's LibTorch brings glog, whose CHECK would silently replace Catch2's.
// The runner fails a test program that made no assertion, which is how that mistake would show.
#ifdef CHECK
#undef CHECK
#endif
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
namespace Catch {
inline auto Contains(const std::string& part) {
  return Matchers::ContainsSubstring(part);
}
}  // namespace Catch
#else
#include <catch2/catch.hpp>
#endif
