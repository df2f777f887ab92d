#include "registration/directory.h"

namespace snom::registration {

bool means_any(std::string_view typed) { return typed.empty() || typed == "*"; }

}  // namespace snom::registration
