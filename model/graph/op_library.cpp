#include "model/graph/op_library.hpp"

#include <dlfcn.h>
#include <glob.h>

#include <mutex>
#include <vector>

namespace bramble {
namespace {

/// Where Debian's packages put the libraries of ops: torchvision's is made for Python but needs
/// none of it.
const std::vector<const char*> torchvision_places{
    "/usr/lib/*/libtorchvision.so*", "/usr/lib/python3/dist-packages/torchvision/_C*.so",
    "/usr/local/lib/libtorchvision.so*"};

std::vector<std::string> matching(const char* pattern) {
  glob_t found{};
  std::vector<std::string> out;
  if (::glob(pattern, 0, nullptr, &found) == 0)
    for (std::size_t i = 0; i < found.gl_pathc; ++i) out.emplace_back(found.gl_pathv[i]);
  ::globfree(&found);
  return out;
}

bool load_torchvision() {
  for (const auto* pattern : torchvision_places)
    for (const auto& file : matching(pattern))
      // Never closed: the registry points into it.
      if (::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL) != nullptr) return true;
  return false;
}

}  // namespace

bool load_op_library(const std::string& name) {
  static std::mutex one_at_a_time;
  static bool has_torchvision = false;
  if (name != "torchvision") return false;
  const std::lock_guard lock{one_at_a_time};
  return has_torchvision = has_torchvision || load_torchvision();
}

std::string how_to_get_op_library(const std::string& name) {
  if (name == "torchvision")
    return "that is not on this machine; type `apt-get install python3-torchvision` here and on "
           "every node.";
  return "Bramble cannot load that; use a model of LibTorch's own ops.";
}

}  // namespace bramble
