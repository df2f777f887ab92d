#include "snomd/log.h"

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

}  // namespace

std::unique_ptr<spdlog::formatter> log_formatter() {
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<PrintableText>('*').set_pattern("%Y-%m-%d %H:%M:%S.%e %l %*");
  return formatter;
}

void start_log(const std::string& level) {
  spdlog::set_default_logger(
      std::make_shared<spdlog::logger>("snomd", std::make_shared<spdlog::sinks::stderr_color_sink_mt>()));
  spdlog::set_formatter(log_formatter());
  spdlog::set_level(spdlog::level::from_str(level));
}

}  // namespace snom::snomd
