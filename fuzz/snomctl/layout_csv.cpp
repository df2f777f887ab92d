#include "snomctl/read_layout.h"
#include "targets.h"

namespace snom::fuzz {

void layout_csv(std::string_view input) { read_layout(input, layout::LayoutFormat::csv); }

}  // namespace snom::fuzz
