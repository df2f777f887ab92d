#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

namespace snom::file {

/// Lines for a descriptor such as standard error, whose reader may be slow, stopped or gone: whoever writes one does
/// not wait for him. What he does not take at once waits, in order, up to a limit; lines beyond it are counted, and a
/// line says how many were lost once half of what waited is written. Any thread. What is written to a regular file
/// waits for the disk.
class LineOutput final {
 public:
  struct Options {
    /// Of lines that wait, with what keeping them takes.
    std::size_t most_bytes;
    /// The line, with its end, that says so. Called by a thread of LineOutput's; may not call back.
    std::function<std::string(std::uint64_t lost)> lost_line;
  };

  /// `descriptor` stays the caller's, and stays open. Whoever else has it open notices nothing: it is not made
  /// non-blocking for him. Throws std::system_error where no thread can be started.
  LineOutput(int descriptor, Options options);
  /// What waits still is dropped: see drain().
  ~LineOutput();
  LineOutput(const LineOutput&) = delete;
  LineOutput& operator=(const LineOutput&) = delete;

  /// `line` with its end. One that cannot be written at all (no reader any more, a full disk) is passed over.
  void write(std::string line);

  /// Waits until all is written that was there, no longer than `limit`; whether it is.
  bool drain(std::chrono::milliseconds limit);

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
  std::thread thread_;
};

}  // namespace snom::file
