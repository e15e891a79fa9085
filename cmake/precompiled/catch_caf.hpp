#pragma once

#include "cmake/precompiled/caf.hpp"
#include "cmake/precompiled/catch.hpp"
