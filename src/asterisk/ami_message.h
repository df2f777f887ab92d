#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

/// How Asterisk's manager interface (AMI) is written and read. Pure but for what a reader keeps.
namespace snom::asterisk {

using Fields = std::vector<std::pair<std::string, std::string>>;

/// A response or an event: names and values in their order; a name may come more than once.
struct AmiMessage {
  Fields fields;

  /// The first value of that name, however its letters are written; empty when there is none.
  [[nodiscard]] std::string_view get(std::string_view name) const;
  /// Whether a name comes more than once: what Asterisk writes once, somebody wrote into a value.
  [[nodiscard]] bool repeats_a_name() const;
};

/// Text that a manager's line cannot carry: it ends lines, or Asterisk ends its own strings there.
[[nodiscard]] bool breaks_a_line(std::string_view text);

/// Bytes of a line that Asterisk reads, without its end.
inline constexpr std::size_t longest_line = 1020;
/// Lines of an action that Asterisk keeps (AST_MAX_MANHEADERS), less some for who sends it.
inline constexpr std::size_t most_lines = 120;

/// "Action: <name>" and a line for each field, and the empty line. The error names the field: a name or a value that
/// breaks a line, a line that is too long, too many lines.
[[nodiscard]] tl::expected<std::string, std::string> write_action(std::string_view name, const Fields& fields);

/// `name=value` as the value of a line `Variable:`, where Asterisk divides at commas and takes quotes and backslashes
/// away.
[[nodiscard]] std::string as_variable(std::string_view name, std::string_view value);

/// Messages out of the bytes of a connection, however they are cut.
class AmiReader final {
 public:
  static constexpr std::size_t longest_read_line = 64 * 1024;
  static constexpr std::size_t longest_message = 512 * 1024;
  static constexpr std::size_t most_fields = 4096;

  /// The next bytes. The error: it is no AMI, or more than the limits; nothing is read after it.
  [[nodiscard]] tl::expected<void, std::string> feed(std::string_view bytes);
  /// "Asterisk Call Manager/11.0.0"; empty until it was read.
  [[nodiscard]] const std::string& banner() const { return banner_; }
  /// The next whole message, in order.
  [[nodiscard]] std::optional<AmiMessage> next();

 private:
  [[nodiscard]] tl::expected<void, std::string> take(std::string_view line);

  std::string rest_;  ///< of a line whose end has not come
  std::string banner_;
  AmiMessage message_;
  std::size_t bytes_ = 0;  ///< of message_
  std::vector<AmiMessage> ready_;
  std::size_t next_ = 0;
};

}  // namespace snom::asterisk
