#pragma once

namespace snom::snomd {

/// What is free in this process, and was not given back by itself yet, goes back to the system. Takes milliseconds. Any
/// thread.
void give_back_memory();

/// The same of what has been free for long enough, for threads that rest meanwhile: they give nothing back. To be
/// called now and then. Any thread.
void give_back_of_resting_threads();

}  // namespace snom::snomd
