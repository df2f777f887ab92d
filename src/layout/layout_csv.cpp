#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "language/refused.h"
#include "language/text.h"
#include "layout/layout_builder.h"

namespace snom::layout {
namespace {

using language::in_quotes_to_its_blank;

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

/// Rows of a CSV text (RFC 4180), whose fields in double quotes may hold delimiters, line ends and "".
class Rows {
 public:
  struct Row {
    std::vector<std::string> fields;
    int line = 0;
    std::string wrong;  ///< not empty: it cannot be read on from here
  };

  /// `line`: the number of the first.
  Rows(std::string_view text, char delimiter, int line) : text_(text), delimiter_(delimiter), line_(line) {}

  /// The next one that says something: lines without anything, and rows of nothing but delimiters, as spreadsheets
  /// leave them behind, are passed over.
  std::optional<Row> next() {
    for (;;) {
      auto row = any();
      const auto is_empty = [](const std::string& field) { return field.empty(); };
      if (!row || !row->wrong.empty() || !std::all_of(row->fields.begin(), row->fields.end(), is_empty)) return row;
    }
  }

 private:
  std::optional<Row> any() {
    while (at_ < text_.size() && (text_[at_] == '\n' || text_[at_] == '\r')) take();
    if (at_ == text_.size()) return std::nullopt;
    Row row;
    row.line = line_;
    for (;;) {
      row.fields.push_back(field(row));
      if (!row.wrong.empty() || at_ == text_.size() || text_[at_] != delimiter_) return row;
      ++at_;
    }
  }

  void take() {
    if (text_[at_++] == '\n') ++line_;
  }

  std::string field(Row& row) {
    std::string value;
    if (at_ == text_.size() || text_[at_] != '"') {
      while (at_ < text_.size() && text_[at_] != delimiter_ && text_[at_] != '\n' && text_[at_] != '\r') {
        value += text_[at_++];
      }
      value.erase(0, std::min(value.find_first_not_of(' '), value.size()));
      value.erase(value.find_last_not_of(' ') + 1);
      return value;
    }
    ++at_;
    while (at_ < text_.size()) {
      if (text_[at_] == '"') {
        if (at_ + 1 == text_.size() || text_[at_ + 1] != '"') break;
        ++at_;
      }
      value += text_[at_];
      take();
    }
    if (at_ == text_.size()) {
      row.wrong = fmt::format("a field in quotes that begins in line {} has no end", row.line);
      return value;
    }
    ++at_;
    if (at_ < text_.size() && text_[at_] != delimiter_ && text_[at_] != '\n' && text_[at_] != '\r') {
      row.wrong = "text behind the closing quote of a field (a quote within one is written \"\")";
    }
    return value;
  }

  std::string_view text_;
  char delimiter_;
  std::size_t at_ = 0;
  int line_;
};

/// Columns that were used once and emptied: `;;` at the ends of lines.
void drop_empty_at_the_right(std::vector<std::string>& fields, std::size_t least) {
  while (fields.size() > least && fields.back().empty()) fields.pop_back();
}

/// What parts the fields, by the first line that has more than delimiters. Spreadsheets of some languages write
/// semicolons; what is copied from one has tabs.
char delimiter_of(std::string_view text) {
  const auto begin = std::min(text.find_first_not_of(",;\t \r\n"), text.size());
  const auto first = text.substr(begin, text.find_first_of("\r\n", begin) - begin);
  for (const char delimiter : {',', ';', '\t'}) {
    if (first.find(delimiter) != std::string_view::npos) return delimiter;
  }
  return ',';
}

/// Excel's own first line, which says what parts the fields: `sep=;`.
std::optional<char> take_separator_line(std::string_view& text) {
  constexpr std::string_view start = "sep=";
  if (text.size() <= start.size() || !text.starts_with(start)) return std::nullopt;
  const char separator = text[start.size()];
  const auto rest = text.substr(start.size() + 1);
  const std::size_t line_end = rest.starts_with("\r\n") ? 2 : rest.starts_with('\n') ? 1 : 0;
  if (line_end == 0 || separator == '"' || separator == '\r' || separator == '\n') return std::nullopt;
  text = rest.substr(line_end);
  return separator;
}

std::string field(std::string_view text) {
  if (text.find_first_of("\",;\t\r\n") == std::string_view::npos && !text.starts_with(' ') && !text.ends_with(' ')) {
    return std::string(text);
  }
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

/// The columns by their names, or nothing when one of them is not known.
std::optional<std::vector<std::string>> read_heading(Rows::Row row, LayoutBuilder& builder) {
  if (!row.wrong.empty()) return builder.complain(row.line, row.wrong), std::nullopt;
  drop_empty_at_the_right(row.fields, 1);
  const auto& names = LayoutBuilder::property_names();
  const auto& of_phones = LayoutBuilder::phone_property_names();
  std::vector<std::string> columns;
  for (const std::string& written : row.fields) {
    std::string column = language::lower_case(written);
    if (column == "colour") column = "color";
    const bool known = column == "phone" || column == "key" || column == LayoutBuilder::place ||
                       std::find(names.begin(), names.end(), column) != names.end() ||
                       std::find(of_phones.begin(), of_phones.end(), column) != of_phones.end();
    if (!known || std::find(columns.begin(), columns.end(), column) != columns.end()) {
      builder.complain(row.line, fmt::format("{} is {} (expected phone, key, {}; {}, {})",
                                             in_quotes_to_its_blank(written), known ? "a column twice" : "not a column",
                                             fmt::join(names, ", "), LayoutBuilder::place, fmt::join(of_phones, ", ")));
      return std::nullopt;
    }
    columns.push_back(std::move(column));
  }
  for (const std::string_view needed : {"phone", "key"}) {
    if (std::find(columns.begin(), columns.end(), needed) != columns.end()) continue;
    builder.complain(row.line, fmt::format("{}: the first line has no such column (it names the columns, as "
                                           "phone,key,light,label)",
                                           needed));
    return std::nullopt;
  }
  return columns;
}

void read_row(Rows::Row row, const std::vector<std::string>& columns, LayoutBuilder& builder) {
  drop_empty_at_the_right(row.fields, columns.size());
  if (row.fields.size() != columns.size()) {
    return builder.complain(
        row.line, fmt::format("has {} fields (expected {}, as the first line)", row.fields.size(), columns.size()));
  }
  LayoutBuilder::Properties properties;
  NamedPhones phones;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i] == "phone") {
      builder.add_phones(phones, {row.fields[i], row.line});
    } else {
      properties.emplace(columns[i], LayoutBuilder::Value{row.fields[i], row.line});
    }
  }
  builder.add_key(phones, properties, row.line);
  builder.add_kind(phones, properties, row.line);
}

}  // namespace

void read_csv_layout(std::string_view text, LayoutBuilder& builder) {
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  const auto separator = take_separator_line(text);
  Rows rows(text, separator ? *separator : delimiter_of(text), separator ? 2 : 1);
  auto heading = rows.next();
  if (!heading)
    return builder.complain(1, "the file is empty (the first line names the columns, as phone,key,light,label)");
  const auto columns = read_heading(std::move(*heading), builder);
  if (!columns) return;
  while (auto row = rows.next()) {
    if (builder.is_stopped()) return;
    if (!row->wrong.empty()) return builder.complain(row->line, row->wrong);
    read_row(std::move(*row), *columns, builder);
  }
}

std::string write_csv_layout(const Layout& layout) {
  const auto& names = LayoutBuilder::property_names();
  std::string out = fmt::format("phone,key,{}\r\n", fmt::join(names, ","));
  for (const auto& [phone, keys] : layout) {
    for (const auto& [key, layout_key] : keys) {
      out += field(phone) + ',' + field(key);
      const auto written = written_properties(layout_key);
      for (const auto name : names) {
        const auto found = std::find_if(written.begin(), written.end(),
                                        [name](const auto& property) { return property.name == name; });
        out += ',';
        if (found != written.end()) out += field(found->text);
      }
      out += "\r\n";
    }
  }
  return out;
}

}  // namespace snom::layout
