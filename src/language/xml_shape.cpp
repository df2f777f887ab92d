#include "language/xml_shape.h"

#include <algorithm>

#include "language/text.h"

namespace snom::language {
namespace {

constexpr std::size_t largest = 16 * 1024;
constexpr std::size_t deepest = 8;
constexpr std::size_t most_elements = 512;

tl::unexpected<Error> refuse(std::string message) { return tl::unexpected(Error{"xml", std::move(message)}); }

/// Depth and number of elements, without recursion; and nothing but elements, text and comments.
tl::expected<void, Error> check_shape(const pugi::xml_document& document) {
  std::size_t elements = 0;
  std::size_t depth = 0;
  pugi::xml_node node = document.first_child();
  while (node) {
    if (node.type() == pugi::node_doctype) return refuse("a DOCTYPE is not taken");
    if (node.type() == pugi::node_pi) return refuse("processing instructions are not taken");
    if (node.type() == pugi::node_element && ++elements > most_elements) return refuse("more than 512 elements");
    if (node.first_child()) {
      if (++depth >= deepest) return refuse("nested deeper than 8 levels");
      node = node.first_child();
      continue;
    }
    while (node && !node.next_sibling()) {
      node = node.parent();
      if (depth > 0) --depth;
      if (!node || node.type() == pugi::node_document) return {};
    }
    node = node.next_sibling();
  }
  return {};
}

}  // namespace

tl::expected<std::unique_ptr<pugi::xml_document>, Error> parse_foreign_xml(std::string_view text) {
  if (text.size() > largest) return refuse("more than 16 KiB");
  if (!is_utf8(text) || text.find('\0') != std::string_view::npos) return refuse("not UTF-8");
  auto document = std::make_unique<pugi::xml_document>();
  // Only XML's own entities are known to this parser; a DOCTYPE is kept so that it can be refused.
  constexpr unsigned options =
      pugi::parse_escapes | pugi::parse_cdata | pugi::parse_doctype | pugi::parse_pi | pugi::parse_eol;
  const auto result = document->load_buffer(text.data(), text.size(), options, pugi::encoding_utf8);
  if (!result) return refuse(std::string(result.description()) + " at byte " + std::to_string(result.offset));
  if (auto shape = check_shape(*document); !shape) return tl::unexpected(std::move(shape.error()));
  const pugi::xml_node root = document->document_element();
  if (!root || root.next_sibling()) return refuse("not one element");
  return document;
}

std::string_view local_name(const pugi::xml_node& node) {
  if (node.type() != pugi::node_element) return {};
  const std::string_view name = node.name();
  return name.substr(name.find(':') == std::string_view::npos ? 0 : name.find(':') + 1);
}

std::string trimmed_text(const pugi::xml_node& element) {
  constexpr std::string_view blanks = " \t\r\n";
  std::string_view text = element.text().get();
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  return std::string(text.substr(0, text.find_last_not_of(blanks) + 1));
}

}  // namespace snom::language
