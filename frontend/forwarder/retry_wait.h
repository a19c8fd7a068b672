// How long to wait before something that failed is tried again. Pure.

#pragma once

#include <cstdint>

#include "common/base/clock.h"

namespace mesh::frontend {

// Doubles from `first` with each failure up to `longest`; half of it is chance, so that many
// who failed together do not come back together. `failures` counts from 1; `random` is any number.
Duration RetryWait(uint32_t failures, Duration first, Duration longest, uint32_t random);

}  // namespace mesh::frontend
