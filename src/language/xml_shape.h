#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <pugixml.hpp>
#include <tl/expected.hpp>

#include "language/error.h"

namespace snom::language {

/// How much XML is taken.
struct XmlBounds {
  std::size_t kib = 16;
  std::size_t elements = 512;
  bool keeps_blanks = false;  ///< text of blanks only, which matters between the `<br/>` of a text
};
/// Of what a phone is told in one request.
inline constexpr XmlBounds message_bounds{};
/// Of a settings file, which may have far more settings than those that are looked at.
inline constexpr XmlBounds settings_bounds{1024, 20000};

/// Parses XML that comes from outside, within bounds, in UTF-8, 8 levels; no DOCTYPE and no processing instructions, so
/// no entities but XML's own. The error's argument is "xml".
[[nodiscard]] tl::expected<std::unique_ptr<pugi::xml_document>, Error> parse_foreign_xml(
    std::string_view text, XmlBounds bounds = message_bounds);

/// Why a document is not taken: it is nested deeper than 8 levels, has too many elements, a DOCTYPE or processing
/// instructions. For parsers with bounds of their own.
[[nodiscard]] tl::expected<void, std::string> check_shape(const pugi::xml_document& document, std::size_t most);

/// An element's name without its prefix; empty for what is no element.
[[nodiscard]] std::string_view local_name(const pugi::xml_node& node);

/// The text of an element, without blanks around it.
[[nodiscard]] std::string trimmed_text(const pugi::xml_node& element);

}  // namespace snom::language
