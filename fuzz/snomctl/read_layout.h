#pragma once

#include <string_view>

#include "layout/layout.h"

namespace snom::fuzz {

/// A layout's file, read as `format` and written as either.
void read_layout(std::string_view input, layout::LayoutFormat format);

}  // namespace snom::fuzz
