#pragma once

#include <string>

#include <tl/expected.hpp>

namespace snom::store {

/// One process's right to a file: a lock on `<file>.lock` beside it, which ends with the process however it ends. Not
/// on the file itself, where closing any descriptor would drop SQLite's own locks.
class FileLock final {
 public:
  /// Does not wait. The error names the process that has the lock, as far as that is known.
  [[nodiscard]] static tl::expected<FileLock, std::string> take(const std::string& file);
  ~FileLock();
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace snom::store
