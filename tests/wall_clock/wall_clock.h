#pragma once

#include <cstdint>

namespace snom::test {

/// Sets the wall clock forwards by so many seconds from the real one, for this whole process; the steady clock stays.
/// Any thread. The program is linked with wall_clock.cpp, which stands in for the C library's calls.
void set_wall_clock_ahead(std::int64_t seconds);

}  // namespace snom::test
