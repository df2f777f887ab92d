#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "language/button.h"

namespace snom::language {

/// Content-Type of a buttons document in a SIP MESSAGE.
inline constexpr std::string_view buttons_content_type = "application/x-buttons";

/// Writes lamps in the order given: `k c o l n a i`, one property a line, CRLF, an empty line between lamps.
/// A lone key: "k=2\r\nc=on\r\nl=DND\r\n". The buttons must have passed validate().
[[nodiscard]] std::string write_buttons_document(std::span<const Button> buttons);

/// Reads a document with CRLF or LF line ends. An empty line (or several) starts the next lamp. Properties that are
/// known but not kept (`d m f b`) and unknown ones are passed over; a line without `=`, a lamp whose first property is
/// not `k`, an unknown light, colour or action, or a value that validate() refuses is an error naming the line.
[[nodiscard]] tl::expected<std::vector<Button>, Error> parse_buttons_document(std::string_view text);

}  // namespace snom::language
