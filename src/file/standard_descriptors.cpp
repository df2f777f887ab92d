#include "file/standard_descriptors.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <initializer_list>

namespace snom::file {

void open_missing_standard_descriptors() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) != -1 || errno != EBADF) continue;
    // The lowest that is free is this one: those below it are open by now.
    if (::open("/dev/null", O_RDWR | O_NOCTTY) != descriptor) std::_Exit(EXIT_FAILURE);
  }
}

}  // namespace snom::file
