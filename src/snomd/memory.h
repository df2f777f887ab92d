#pragma once

namespace snom::snomd {

/// What is free in this process, and was not given back by itself yet, goes back to the system. Takes milliseconds. Any
/// thread.
void give_back_memory();

}  // namespace snom::snomd
