#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <tl/expected.hpp>

namespace snom::store {

/// Whether names still lead to the files that they led to when they were added. Who has a file open does not notice
/// that it was removed or replaced: what he writes goes where no later start will find it. On one thread at a time.
class PlacedFiles final {
 public:
  /// Takes what the name leads to now. A name that leads nowhere is an error.
  [[nodiscard]] tl::expected<void, std::string> add(const std::string& name);
  /// The error says, for an administrator, which file has gone or is another, and what to do.
  [[nodiscard]] tl::expected<void, std::string> check() const;

 private:
  struct File {
    std::string name;
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
  };
  std::vector<File> files_;
};

}  // namespace snom::store
