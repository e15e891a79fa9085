#pragma once

#include <caf/all.hpp>

#include "cmake/precompiled/common.hpp"
