#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace snom::tls {

/// Why a connection did not come to speak TLS.
enum class NoTls {
  too_many,     ///< there was no place for it
  late,         ///< the handshake was not done in time
  certificate,  ///< one of both did not trust the other's, or there was none
  handshake,    ///< no common version or cipher, or it was no TLS at all
  closed,       ///< the other end went away before the handshake was done
  unreachable,  ///< nobody was there to speak to
};

/// "too_many", "late" ...
[[nodiscard]] std::string_view to_string(NoTls why);

/// Of a handshake that failed: `kind` as SSL_get_error() has it, `error` as ERR_peek_last_error() (0: there is none).
[[nodiscard]] NoTls why_no_tls(int kind, unsigned long error);

/// Counts what became of connections over TLS of one kind, since the program's start. Any thread.
class Tally final {
 public:
  static constexpr std::size_t reasons = 6;

  /// A handshake is done: from now on it is open, until ended().
  void opened() {
    ++handshakes_;
    ++open_;
  }
  void ended() { --open_; }
  void refused(NoTls why) { ++refused_[static_cast<std::size_t>(why)]; }

  [[nodiscard]] std::uint64_t handshakes() const { return handshakes_; }
  [[nodiscard]] std::uint64_t open() const { return open_; }
  [[nodiscard]] std::uint64_t refused_for(NoTls why) const { return refused_[static_cast<std::size_t>(why)]; }

 private:
  std::atomic<std::uint64_t> handshakes_ = 0;
  std::atomic<std::uint64_t> open_ = 0;
  std::array<std::atomic<std::uint64_t>, reasons> refused_{};
};

/// Of all kinds that a program has.
struct Tallies {
  Tally sip_in;   ///< phones and proxies that came
  Tally sip_out;  ///< those that were called
  Tally http_in;
};

}  // namespace snom::tls
