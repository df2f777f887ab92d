#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <spdlog/formatter.h>

namespace snom::snomd {

/// Lines of the log go to standard error from now on. `level`: the least important ones, as spdlog names it.
void start_log(const std::string& level);

/// Whether standard error is what `journal_stream` ($JOURNAL_STREAM, systemd.exec(5)) says that the journal reads.
[[nodiscard]] bool is_journal(std::string_view journal_stream);

/// How a line looks: "2026-01-31 12:00:01.000 info text". Whatever the text, it is one line and printable: it holds
/// what phones and strangers sent.
[[nodiscard]] std::unique_ptr<spdlog::formatter> log_formatter();

/// The same for the journal, which has the time itself: "<6>info text", by which it knows the priority (sd-daemon(3)).
[[nodiscard]] std::unique_ptr<spdlog::formatter> journal_formatter();

}  // namespace snom::snomd
