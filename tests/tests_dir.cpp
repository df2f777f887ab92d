#include "tests_dir.h"

namespace snom::testing {

std::string tests_dir() { return SNOM_TESTS_DIR; }

}  // namespace snom::testing
