#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <spdlog/common.h>
#include <spdlog/formatter.h>

#include "file/line_output.h"
#include "snomd/journal.h"

namespace snom::snomd {

/// Lines of the log go to standard error from now on; where that is the journal, to the journal's own socket with their
/// fields, and to standard error only what cannot go there. `level`: the least important ones, as spdlog names it.
/// No line waits for who reads standard error: what goes there goes through what is returned. Before the process ends
/// it is drained.
[[nodiscard]] std::shared_ptr<file::LineOutput> start_log(const std::string& level,
                                                          std::string_view journal_socket = Journal::usual_socket);

/// A line of the log with what it is about, which the journal has as fields, and nobody else. Any thread.
void log_about(spdlog::level::level_enum level, const LogFields& fields, std::string_view text);

/// Whether standard error is what `journal_stream` ($JOURNAL_STREAM, systemd.exec(5)) says that the journal reads.
[[nodiscard]] bool is_journal(std::string_view journal_stream);

/// How a line looks: "2026-01-31 12:00:01.000 info text". Whatever the text, it is one line and printable: it holds
/// what phones and strangers sent.
[[nodiscard]] std::unique_ptr<spdlog::formatter> log_formatter();

/// Writes to the journal at `socket`, and where there is none to `instead` in the form of journal_formatter().
[[nodiscard]] spdlog::sink_ptr journal_sink(std::string_view socket, spdlog::sink_ptr instead);

/// The same for the journal's reading of standard error, which has the time itself: "<6>info text", by which it knows
/// the priority (sd-daemon(3)).
[[nodiscard]] std::unique_ptr<spdlog::formatter> journal_formatter();

}  // namespace snom::snomd
