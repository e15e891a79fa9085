#pragma once

// The one place that includes httplib, whose classes depend on macros: they have to be those that
// the library was compiled with, which its pkg-config file tells (gateway/CMakeLists.txt).
#include <httplib.h>
