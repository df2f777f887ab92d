#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace snom::snomd {

/// What a line of the log is about, beside its text: names as the journal has them ("SNOM_PHONE") and values, of which
/// empty ones are left out. docs/snomd.md lists them. No secrets.
using LogFields = std::vector<std::pair<std::string_view, std::string>>;

/// An entry as the journal reads it from its socket: lines NAME=value (systemd's native journal protocol,
/// systemd.io/JOURNAL_NATIVE_PROTOCOL). `priority`: 0 to 7, as syslog counts. Text and values are made printable, so
/// that none is more than a line, and cut after 48 KiB and 256 bytes. Pure.
[[nodiscard]] std::string journal_entry(int priority, std::string_view text, const LogFields& fields);

/// The journal's socket. One owner thread.
class Journal final {
 public:
  /// systemd's own.
  static constexpr std::string_view usual_socket = "/run/systemd/journal/socket";

  /// `socket`: a path. One that nobody listens at takes nothing.
  explicit Journal(std::string_view socket);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// False when there is no journal to take it. Waits a second at most for one that has too much to do, and not again
  /// before it has taken something: what it did not take is lost, and the next entry says how many.
  [[nodiscard]] bool send(const std::string& entry);

 private:
  enum class Sent { taken, later, nowhere };
  [[nodiscard]] Sent try_to_send(const std::string& entry, int flags) const;
  void tell_what_is_lost();

  int descriptor_ = -1;
  sockaddr_un address_{};
  socklen_t address_size_ = 0;
  std::uint64_t lost_ = 0;
};

}  // namespace snom::snomd
