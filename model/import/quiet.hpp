#pragma once

#include <c10/util/Exception.h>
#include <torch/version.h>

namespace bramble {

/// While one lives, LibTorch's warnings (about what a trace cannot follow, say) are not printed.
/// The handler is per thread in LibTorch.
class quiet_warnings {
#if TORCH_VERSION_MAJOR >= 2
  using guard = c10::WarningUtils::WarningHandlerGuard;
  struct handler : c10::WarningHandler {
    void process(const c10::Warning&) override {}
  };
#else
  using guard = c10::Warning::WarningHandlerGuard;
  struct handler : c10::WarningHandler {
    void process(const c10::SourceLocation&, const std::string&, bool) override {}
  };
#endif

  handler handler_;
  guard guard_{&handler_};
};

}  // namespace bramble
