#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

/// Pictures of phones' screens in a format that everybody shows. Pure functions.
namespace snom::picture {

/// A PNG (24 bits) of a BMP: 1, 4, 8, 16, 24 or 32 bits without compression, up to 4096 by 4096 points. What is no such
/// BMP is refused with a sentence for an administrator; nothing is read beyond `bmp`, whatever its headers claim.
[[nodiscard]] tl::expected<std::string, std::string> png_of_bmp(std::string_view bmp);

}  // namespace snom::picture
