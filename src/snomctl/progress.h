#pragma once

#include <cstddef>

namespace snom::snomctl {

/// A bar on a terminal (standard error); nothing elsewhere. Any thread, one at a time.
class Progress {
 public:
  explicit Progress(std::size_t all);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(std::size_t done) const;

 private:
  std::size_t all_;
  bool shown_;
};

}  // namespace snom::snomctl
