#include "snomctl/read_layout.h"
#include "targets.h"

namespace snom::fuzz {

void layout_toml(std::string_view input) { read_layout(input, layout::LayoutFormat::toml); }

}  // namespace snom::fuzz
