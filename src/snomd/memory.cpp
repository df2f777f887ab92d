#include "snomd/memory.h"

#if defined(SNOM_JEMALLOC)
#include <string>

#include <jemalloc/jemalloc.h>

// What jemalloc reads at its start (jemalloc(3), "TUNING"). What was large and is free (a list of all phones, a
// configuration) goes back to the system a tenth of a second later, as others allocate. Not by jemalloc's own threads:
// a process that ends while they start complains, now and then. A dozen threads share two arenas: each of its own keeps
// what is free apart, and most of them allocate little.
const char* malloc_conf = "narenas:2,dirty_decay_ms:100,muzzy_decay_ms:0";

namespace snom::snomd {

namespace {

void of_all_arenas(const std::string& what) {
  const std::string name = "arena." + std::to_string(MALLCTL_ARENAS_ALL) + "." + what;
  // It can fail only where there is no such name.
  static_cast<void>(mallctl(name.c_str(), nullptr, nullptr, nullptr, 0));
}

}  // namespace

void give_back_memory() { of_all_arenas("purge"); }

void give_back_of_resting_threads() { of_all_arenas("decay"); }

}  // namespace snom::snomd
#else
namespace snom::snomd {

// With a sanitizer: its allocator gives nothing back.
void give_back_memory() {}
void give_back_of_resting_threads() {}

}  // namespace snom::snomd
#endif
