#include "snomd/log.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "language/text.h"

namespace snom::snomd {
namespace {

class PrintableText final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& line) override {
    const auto text = language::printable({message.payload.data(), message.payload.size()});
    line.append(text.data(), text.data() + text.size());
  }
  [[nodiscard]] std::unique_ptr<spdlog::custom_flag_formatter> clone() const override {
    return std::make_unique<PrintableText>();
  }
};

/// Syslog's number of a level, as sd-daemon(3) has it at the beginning of a line.
class JournalPriority final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& line) override {
    const std::string_view prefix = of(message.level);
    line.append(prefix.data(), prefix.data() + prefix.size());
  }
  [[nodiscard]] std::unique_ptr<spdlog::custom_flag_formatter> clone() const override {
    return std::make_unique<JournalPriority>();
  }

 private:
  static std::string_view of(spdlog::level::level_enum level) {
    switch (level) {
      case spdlog::level::critical:
        return "<2>";
      case spdlog::level::err:
        return "<3>";
      case spdlog::level::warn:
        return "<4>";
      case spdlog::level::info:
        return "<6>";
      default:
        return "<7>";
    }
  }
};

}  // namespace

std::unique_ptr<spdlog::formatter> log_formatter() {
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<PrintableText>('*').set_pattern("%Y-%m-%d %H:%M:%S.%e %l %*");
  return formatter;
}

std::unique_ptr<spdlog::formatter> journal_formatter() {
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<PrintableText>('*').add_flag<JournalPriority>('N').set_pattern("%N%l %*");
  return formatter;
}

bool is_journal(std::string_view journal_stream) {
  struct stat file {};
  if (journal_stream.empty() || ::fstat(STDERR_FILENO, &file) != 0) return false;
  return journal_stream == fmt::format("{}:{}", file.st_dev, file.st_ino);
}

void start_log(const std::string& level) {
  spdlog::set_default_logger(
      std::make_shared<spdlog::logger>("snomd", std::make_shared<spdlog::sinks::stderr_color_sink_mt>()));
  const char* journal = std::getenv("JOURNAL_STREAM");
  spdlog::set_formatter(journal != nullptr && is_journal(journal) ? journal_formatter() : log_formatter());
  spdlog::set_level(spdlog::level::from_str(level));
}

}  // namespace snom::snomd
