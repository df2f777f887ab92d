#include "language/snom_xml.h"

#include "targets.h"

namespace snom::fuzz {
namespace {

template <class Document>
void write_again(const Document& document) {
  const auto written = language::write_snom_xml(document);
  if (!written) return must_be_one_line(written.error().text());
  must(language::parse_snom_xml(*written) == language::SnomDocument(document),
       "a document is read back as it was written");
}

}  // namespace

void snom_xml(std::string_view input) {
  const auto parsed = language::parse_snom_xml(input);
  if (!parsed) return must_be_one_line(parsed.error().text());
  if (const auto* silent = std::get_if<language::SilentDocument>(&*parsed)) write_again(*silent);
  if (const auto* text = std::get_if<language::TextDocument>(&*parsed)) write_again(*text);
}

}  // namespace snom::fuzz
