#include "snomd/log.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <mutex>
#include <utility>

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
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

/// Syslog's number of a level.
int priority_of(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::critical:
      return 2;
    case spdlog::level::err:
      return 3;
    case spdlog::level::warn:
      return 4;
    case spdlog::level::info:
      return 6;
    default:
      return 7;
  }
}

/// That number, as sd-daemon(3) has it at the beginning of a line.
class JournalPriority final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& line) override {
    const auto prefix = fmt::format("<{}>", priority_of(message.level));
    line.append(prefix.data(), prefix.data() + prefix.size());
  }
  [[nodiscard]] std::unique_ptr<spdlog::custom_flag_formatter> clone() const override {
    return std::make_unique<JournalPriority>();
  }
};

/// Of lines that wait for who reads standard error: some ten thousand.
constexpr std::size_t most_waiting = 4 * 1024 * 1024;

using Form = std::unique_ptr<spdlog::formatter> (*)();

std::string lost_line(Form form, std::uint64_t lost) {
  const auto text = fmt::format("{} lines of the log were lost: nobody read standard error", lost);
  spdlog::memory_buf_t line;
  form()->format({"snomd", spdlog::level::warn, text}, line);
  return fmt::to_string(line);
}

/// Standard error.
class ErrorSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit ErrorSink(std::shared_ptr<file::LineOutput> output) : output_(std::move(output)) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    output_->write(fmt::to_string(line));
  }
  void flush_() override {}

 private:
  const std::shared_ptr<file::LineOutput> output_;
};

/// Lines of one logger, with and without fields.
class JournalSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  JournalSink(std::string_view socket, spdlog::sink_ptr instead) : journal_(socket), instead_(std::move(instead)) {
    instead_->set_formatter(journal_formatter());
  }

  void write(spdlog::level::level_enum level, std::string_view text, const LogFields& fields) {
    const std::lock_guard lock(mutex_);
    hand_over(level, text, fields);
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    hand_over(message.level, {message.payload.data(), message.payload.size()}, {});
  }
  void flush_() override { instead_->flush(); }

 private:
  void hand_over(spdlog::level::level_enum level, std::string_view text, const LogFields& fields) {
    const auto name = spdlog::level::to_string_view(level);
    const auto shown = fmt::format("{} {}", std::string_view(name.data(), name.size()), text);
    if (journal_.send(journal_entry(priority_of(level), shown, fields))) return;
    instead_->log(spdlog::details::log_msg("snomd", level, spdlog::string_view_t(text.data(), text.size())));
  }

  Journal journal_;
  const spdlog::sink_ptr instead_;
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

spdlog::sink_ptr journal_sink(std::string_view socket, spdlog::sink_ptr instead) {
  return std::make_shared<JournalSink>(socket, std::move(instead));
}

std::shared_ptr<file::LineOutput> start_log(const std::string& level, std::string_view journal_socket) {
  const char* stream = std::getenv("JOURNAL_STREAM");
  const bool is_read_by_journal = stream != nullptr && is_journal(stream);
  const Form form = is_read_by_journal ? journal_formatter : log_formatter;
  auto errors = std::make_shared<file::LineOutput>(
      STDERR_FILENO, file::LineOutput::Options{most_waiting, [form](auto lost) { return lost_line(form, lost); }});
  spdlog::sink_ptr sink = std::make_shared<ErrorSink>(errors);
  sink->set_formatter(form());
  if (is_read_by_journal) sink = journal_sink(journal_socket, std::move(sink));
  // The sink has its form already: spdlog's own would take its place.
  auto logger = std::make_shared<spdlog::logger>("snomd", std::move(sink));
  logger->set_level(spdlog::level::from_str(level));
  spdlog::set_default_logger(std::move(logger));
  return errors;
}

void log_about(spdlog::level::level_enum level, const LogFields& fields, std::string_view text) {
  if (!spdlog::should_log(level)) return;
  for (const auto& sink : spdlog::default_logger()->sinks()) {
    if (const auto journal = std::dynamic_pointer_cast<JournalSink>(sink)) return journal->write(level, text, fields);
  }
  spdlog::log(level, "{}", text);
}

}  // namespace snom::snomd
