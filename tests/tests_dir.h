#pragma once

#include <string>

namespace snom::testing {

/// The folder of the tests in the source tree, where golden files and manuals are read from. In a file of its own: what
/// else is compiled is then the same in every checkout.
[[nodiscard]] std::string tests_dir();

}  // namespace snom::testing
