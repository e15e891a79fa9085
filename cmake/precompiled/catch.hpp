#pragma once

#include <rapidcheck.h>

#include "cmake/precompiled/common.hpp"
#include "tests/support/catch.hpp"
