#pragma once

#include <string_view>

#include "snomctl/layout.h"

namespace snom::fuzz {

/// A layout's file, read as `format` and written as either.
void read_layout(std::string_view input, snomctl::LayoutFormat format);

}  // namespace snom::fuzz
