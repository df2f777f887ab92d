#include "language/xml_shape.h"

#include <string>
#include <utility>

#include "language/text.h"

namespace snom::language {
namespace {

constexpr std::size_t deepest = 8;

tl::unexpected<Error> refuse(std::string message) { return tl::unexpected(Error{"xml", std::move(message)}); }

}  // namespace

// Without recursion.
tl::expected<void, std::string> check_shape(const pugi::xml_document& document, std::size_t most) {
  const auto refuse = [](std::string why) { return tl::unexpected(std::move(why)); };
  std::size_t elements = 0;
  std::size_t depth = 0;
  pugi::xml_node node = document.first_child();
  while (node) {
    if (node.type() == pugi::node_doctype) return refuse("a DOCTYPE is not taken");
    if (node.type() == pugi::node_pi) return refuse("processing instructions are not taken");
    if (node.type() == pugi::node_element && ++elements > most)
      return refuse("more than " + std::to_string(most) + " elements");
    if (node.first_child()) {
      if (++depth >= deepest) return refuse("nested deeper than " + std::to_string(deepest) + " levels");
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

tl::expected<std::unique_ptr<pugi::xml_document>, Error> parse_foreign_xml(std::string_view text, XmlBounds bounds) {
  if (text.size() > bounds.kib * 1024) return refuse("more than " + std::to_string(bounds.kib) + " KiB");
  if (!is_utf8(text) || text.find('\0') != std::string_view::npos) return refuse("not UTF-8");
  auto document = std::make_unique<pugi::xml_document>();
  // Only XML's own entities are known to this parser; a DOCTYPE is kept so that it can be refused.
  const unsigned options = pugi::parse_escapes | pugi::parse_cdata | pugi::parse_doctype | pugi::parse_pi |
                           pugi::parse_eol | (bounds.keeps_blanks ? pugi::parse_ws_pcdata : 0U);
  const auto result = document->load_buffer(text.data(), text.size(), options, pugi::encoding_utf8);
  if (!result) return refuse(std::string(result.description()) + " at byte " + std::to_string(result.offset));
  if (auto shape = check_shape(*document, bounds.elements); !shape) return refuse(std::move(shape.error()));
  const pugi::xml_node root = document->document_element();
  if (!root || root.next_sibling()) return refuse("not one element");
  return document;
}

std::string_view local_name(const pugi::xml_node& node) {
  if (node.type() != pugi::node_element) return {};
  const std::string_view name = node.name();
  return name.substr(name.find(':') == std::string_view::npos ? 0 : name.find(':') + 1);
}

std::string trimmed_text(const pugi::xml_node& element) { return std::string(trimmed(element.text().get())); }

}  // namespace snom::language
