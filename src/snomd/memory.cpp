#include "snomd/memory.h"

#if defined(SNOM_JEMALLOC)
#include <string>

#include <jemalloc/jemalloc.h>

// What jemalloc reads at its start (jemalloc(3), "TUNING"). What was large and is free (a list of all phones, a
// configuration) goes back to the system a tenth of a second later, as others allocate. Not by jemalloc's own threads:
// a process that ends while they start complains, now and then.
const char* malloc_conf = "dirty_decay_ms:100,muzzy_decay_ms:0";

namespace snom::snomd {

void give_back_memory() {
  static const std::string purge_all = "arena." + std::to_string(MALLCTL_ARENAS_ALL) + ".purge";
  // It can fail only where there is no such name.
  static_cast<void>(mallctl(purge_all.c_str(), nullptr, nullptr, nullptr, 0));
}

}  // namespace snom::snomd
#else
namespace snom::snomd {

// With a sanitizer: its allocator gives nothing back.
void give_back_memory() {}

}  // namespace snom::snomd
#endif
