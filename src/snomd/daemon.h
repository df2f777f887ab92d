#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "snomd/config.h"

namespace snom::snomd {

/// The context put together: SIP server, command_service, HTTP to phones, HTTP interface. On one thread at a time.
class Daemon final {
 public:
  /// Starts everything or nothing; the error names the address that could not be bound.
  [[nodiscard]] static tl::expected<std::unique_ptr<Daemon>, std::string> start(const Config& config);
  /// Ends within 2 s however silent phones are; commands under way are answered with -ERR. A node gives its phones away
  /// before, within 5 s.
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  /// "internal udp:127.0.0.1:5060", "http 127.0.0.1:8080".
  [[nodiscard]] std::vector<std::string> listening() const;

  /// Calls `work` on the thread that registrar and commands have in common, each `interval`, for as long as that thread
  /// does its work. `work` outlives this.
  void call_each(std::chrono::milliseconds interval, std::function<void()> work);

  /// Takes the users and the web credentials of a configuration read again, and the files beside it. What of these
  /// stays as it was, and why, which the log says, too; empty: nothing.
  std::vector<std::string> reload(const Config& config);

 private:
  struct Parts;
  explicit Daemon(std::unique_ptr<Parts> parts);
  void drain();
  std::unique_ptr<Parts> parts_;
};

}  // namespace snom::snomd
