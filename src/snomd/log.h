#pragma once

#include <memory>
#include <string>

#include <spdlog/formatter.h>

namespace snom::snomd {

/// Lines of the log go to standard error from now on. `level`: the least important ones, as spdlog names it.
void start_log(const std::string& level);

/// How a line looks: "2026-01-31 12:00:01.000 info text". Whatever the text, it is one line and printable: it holds
/// what phones and strangers sent.
[[nodiscard]] std::unique_ptr<spdlog::formatter> log_formatter();

}  // namespace snom::snomd
