#include "language/toml_nesting.h"

#include <cstddef>

namespace snom::language {
namespace {

/// Goes over a TOML text as far as its brackets, keys, strings and comments.
class Walk {
 public:
  explicit Walk(std::string_view text) : text_(text) {}

  std::optional<int> line_too_deep() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '#') {
        while (at_ < text_.size() && text_[at_] != '\n') ++at_;
        continue;
      }
      if (c == '"' || c == '\'') {
        pass_string(c);
        continue;
      }
      if (c == '[' || c == '{') ++depth_;
      if ((c == ']' || c == '}') && depth_ > 0) --depth_;
      // Whatever is no part of a key ends it.
      if (c == '.') ++dots_;
      if (c == '\n' || c == '=' || c == ',' || c == '[' || c == ']' || c == '{' || c == '}') dots_ = 0;
      if (depth_ > deepest_toml || dots_ >= deepest_toml) return line_;
      pass();
    }
    return std::nullopt;
  }

 private:
  void pass() {
    if (text_[at_++] == '\n') ++line_;
  }
  [[nodiscard]] bool three_of(char quote) const {
    return at_ + 2 < text_.size() && text_[at_] == quote && text_[at_ + 1] == quote && text_[at_ + 2] == quote;
  }

  void pass_string(char quote) {
    const bool many_lines = three_of(quote);
    at_ += many_lines ? 3 : 1;
    while (at_ < text_.size()) {
      if (quote == '"' && text_[at_] == '\\') {
        ++at_;
        if (at_ < text_.size()) pass();
        continue;
      }
      if (!many_lines && text_[at_] == '\n') return;  // is refused by the parser
      if (many_lines ? three_of(quote) : text_[at_] == quote) {
        at_ += many_lines ? 3 : 1;
        // One or two more at the end of many lines are the string's.
        for (int i = 0; many_lines && i < 2 && at_ < text_.size() && text_[at_] == quote; ++i) ++at_;
        return;
      }
      pass();
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
  int depth_ = 0;
  int dots_ = 0;  ///< of the key at hand
};

}  // namespace

std::optional<int> toml_line_too_deep(std::string_view text) { return Walk(text).line_too_deep(); }

}  // namespace snom::language
