#include "http/chunked_body.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include <fmt/format.h>

namespace snom::http {
namespace {

constexpr std::size_t longest_line = 4096;
/// Of extensions and trailer together.
constexpr std::size_t most_beside = 16 * 1024;

tl::unexpected<Refusal> refused(std::string why) { return tl::unexpected(Refusal{400, std::move(why)}); }

bool is_control(char c) { return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f'; }

/// "Name: value", the name a token (RFC 9110 section 5.6.2); also none that goes on in the next line.
bool is_field(std::string_view line) {
  const auto name = line.substr(0, line.find(':'));
  return name.size() < line.size() && !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
         });
}

}  // namespace

tl::expected<void, Refusal> ChunkedBody::read_size() {
  const std::string_view line = line_;
  const auto digits = line.substr(0, line.find(';'));
  std::uint64_t size = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), size, 16);
  if (failed != std::errc{} || end != digits.data() + digits.size()) return refused("a chunk begins with its size");
  beside_ += line.size() - digits.size();
  if (size > max_body_ - all_) {
    return tl::unexpected(Refusal{413, fmt::format("a request body may have {} bytes at most", max_body_)});
  }
  left_ = static_cast<std::size_t>(size);
  all_ += left_;
  stage_ = size == 0 ? Stage::trailer : Stage::data;
  return {};
}

tl::expected<void, Refusal> ChunkedBody::end_line() {
  line_.pop_back();  // the CR
  if (std::any_of(line_.begin(), line_.end(), is_control)) return refused("a control character beside the chunks");
  if (stage_ == Stage::size) {
    if (auto read = read_size(); !read) return read;
  } else if (stage_ == Stage::data_end) {
    if (!line_.empty()) return refused("a chunk is longer than its size");
    stage_ = Stage::size;
  } else if (line_.empty()) {
    stage_ = Stage::complete;
  } else if (!is_field(line_)) {
    return refused("a line of the trailer is no header field");
  } else {
    beside_ += line_.size();
  }
  line_.clear();
  if (beside_ > most_beside) {
    return refused(fmt::format("chunk extensions and the trailer may have {} bytes at most", most_beside));
  }
  return {};
}

tl::expected<std::size_t, Refusal> ChunkedBody::take(std::string_view bytes, std::string& body) {
  const std::size_t given = bytes.size();
  while (!bytes.empty() && !complete()) {
    if (stage_ == Stage::data) {
      const auto data = bytes.substr(0, left_);
      body.append(data);
      bytes.remove_prefix(data.size());
      left_ -= data.size();
      if (left_ == 0) stage_ = Stage::data_end;
      continue;
    }
    const auto end = bytes.find('\n');
    line_.append(bytes.substr(0, end));
    if (line_.size() > longest_line)
      return refused(fmt::format("a line beside the chunks has more than {} bytes", longest_line));
    if (end == std::string_view::npos) return given;
    bytes.remove_prefix(end + 1);
    if (!line_.ends_with('\r')) return refused("a line beside the chunks does not end in CR LF");
    if (auto ended = end_line(); !ended) return tl::unexpected(std::move(ended.error()));
  }
  return given - bytes.size();
}

}  // namespace snom::http
