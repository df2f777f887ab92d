#include "asterisk/ami_message.h"

#include <algorithm>

#include <fmt/format.h>

#include "language/text.h"

namespace snom::asterisk {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

constexpr std::string_view banner_begins = "Asterisk Call Manager/";

}  // namespace

std::string_view AmiMessage::get(std::string_view name) const {
  const auto found =
      std::find_if(fields.begin(), fields.end(), [&](const auto& field) { return same_name(field.first, name); });
  return found == fields.end() ? std::string_view() : std::string_view(found->second);
}

bool AmiMessage::repeats_a_name() const {
  for (auto field = fields.begin(); field != fields.end(); ++field) {
    const auto same = [&](const auto& other) { return same_name(other.first, field->first); };
    if (std::any_of(field + 1, fields.end(), same)) return true;
  }
  return false;
}

bool breaks_a_line(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

tl::expected<std::string, std::string> write_action(std::string_view name, const Fields& fields) {
  std::string text;
  std::size_t lines = 0;
  const auto add = [&](std::string_view field, std::string_view value) -> tl::expected<void, std::string> {
    if (field.empty() || breaks_a_line(field) || field.find(':') != std::string_view::npos) {
      return tl::unexpected(fmt::format("'{}' is no name of a manager's line", language::printable(field)));
    }
    if (breaks_a_line(value)) {
      return tl::unexpected(
          fmt::format("{}: a manager's line holds no line end and no NUL", language::printable(field)));
    }
    if (field.size() + 2 + value.size() > longest_line) {
      return tl::unexpected(fmt::format("{}: {} bytes are too long for a manager's line, which holds {}",
                                        language::printable(field), value.size(),
                                        field.size() + 2 > longest_line ? 0 : longest_line - 2 - field.size()));
    }
    if (++lines > most_lines)
      return tl::unexpected(fmt::format("more than {} lines for Asterisk's manager", most_lines));
    text.append(field).append(": ").append(value).append("\r\n");
    return {};
  };
  if (auto added = add("Action", name); !added) return tl::unexpected(added.error());
  for (const auto& [field, value] : fields) {
    if (auto added = add(field, value); !added) return tl::unexpected(added.error());
  }
  return text + "\r\n";
}

std::string as_variable(std::string_view name, std::string_view value) {
  std::string text(name);
  text += '=';
  for (const char c : value) {
    if (c == '"' || c == ',' || c == '\\') text += '\\';
    text += c;
  }
  return text;
}

tl::expected<void, std::string> AmiReader::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    const auto piece = bytes.substr(0, end);
    if (rest_.size() + piece.size() > longest_read_line) {
      return tl::unexpected(fmt::format("a line of more than {} bytes", longest_read_line));
    }
    if (end == std::string_view::npos) {
      rest_.append(piece);
      return {};
    }
    bytes.remove_prefix(end + 1);
    std::string_view line = piece;
    if (!rest_.empty()) {
      rest_.append(piece);
      line = rest_;
    }
    if (line.ends_with('\r')) line.remove_suffix(1);
    auto taken = take(line);
    rest_.clear();
    if (!taken) return taken;
  }
  return {};
}

tl::expected<void, std::string> AmiReader::take(std::string_view line) {
  if (banner_.empty()) {
    if (!line.starts_with(banner_begins)) {
      return tl::unexpected(fmt::format("its first line is '{}' instead of '{}...'",
                                        language::printable(line.substr(0, 80)), banner_begins));
    }
    banner_ = language::printable(line.substr(0, 80));
    return {};
  }
  if (line.empty()) {
    if (!message_.fields.empty()) ready_.push_back(std::exchange(message_, {}));
    bytes_ = 0;
    return {};
  }
  bytes_ += line.size();
  if (bytes_ > longest_message || message_.fields.size() == most_fields) {
    return tl::unexpected(fmt::format("a message of more than {} bytes or {} lines", longest_message, most_fields));
  }
  const auto colon = line.find(':');
  // Not every line has a name: some values were written with a line end in them.
  if (colon == std::string_view::npos || colon == 0) return {};
  auto value = line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  message_.fields.emplace_back(line.substr(0, colon), value);
  return {};
}

std::optional<AmiMessage> AmiReader::next() {
  if (next_ == ready_.size()) {
    ready_.clear();
    next_ = 0;
    return std::nullopt;
  }
  return std::move(ready_[next_++]);
}

}  // namespace snom::asterisk
