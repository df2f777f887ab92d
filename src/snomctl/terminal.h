#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace snom::snomctl {

/// The terminal of standard input and output as a screen of its own, with keys that come as they are pressed. It is
/// what it was before when this object goes, and at every signal that ends or stops the program but SIGKILL and
/// SIGSTOP. One at a time; one thread.
class Terminal final {
 public:
  /// Whether standard input and output are one.
  [[nodiscard]] static bool is_there();

  Terminal();
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  struct Size {
    std::size_t columns = 80;
    std::size_t rows = 24;
  };
  [[nodiscard]] Size size() const;

  /// Printable lines from the top; what was there before is gone.
  void show(const std::vector<std::string>& lines);

  enum class Happened { nothing, key, resized, ended, nudged };
  struct What {
    Happened what = Happened::nothing;
    char key = '\0';
  };
  /// What happens next, or nothing within that time. `ended`: Ctrl-C, SIGTERM, SIGHUP, or nobody types any more.
  [[nodiscard]] What wait(std::chrono::milliseconds time);

  /// Has wait() return `nudged`. Any thread.
  static void nudge();
};

}  // namespace snom::snomctl
