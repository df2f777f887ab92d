// snom_store_hammer FILE: saves the changes of tests/store/changes.h, going on behind the newest that is kept, 50 at a
// time, and prints the number of each when it is acknowledged. Ends when it is killed, when a save fails (status 1), or
// after 60 s (status 3).

#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <string>

#include "store/changes.h"
#include "store/control_queue.h"
#include "store/sqlite_button_store.h"

namespace {

using namespace snom::store::testing;

/// At once and in one piece: what is printed is out, whatever happens to the process next.
void print(std::uint64_t number) {
  const std::string line = std::to_string(number) + "\n";
  if (write(STDOUT_FILENO, line.data(), line.size()) != static_cast<ssize_t>(line.size())) _exit(2);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: snom_store_hammer FILE\n");
    return 2;
  }
  ControlQueue control;
  auto store = snom::store::SqliteButtonStore::open(argv[1], control);
  if (!store) {
    std::fprintf(stderr, "%s\n", store.error().c_str());
    return 1;
  }
  const auto kept = (*store)->load();
  if (!kept) {
    std::fprintf(stderr, "%s\n", kept.error().c_str());
    return 1;
  }
  std::uint64_t last = newest_in(*kept);
  bool failed = false;
  std::function<void()> save_next = [&] {
    const std::uint64_t n = ++last;
    (*store)->save(sequence_change(n), [&, n](const ButtonStore::Result& result) {
      if (!result) {
        std::fprintf(stderr, "%s\n", result.error().text.c_str());
        failed = true;
        return;
      }
      print(n);
      save_next();
    });
  };
  for (int i = 0; i < 50; ++i) save_next();
  return control.run_until([&] { return failed; }, std::chrono::seconds(60)) ? 1 : 3;
}
