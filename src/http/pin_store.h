#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <tl/expected.hpp>

namespace snom::http {

/// Remembers the public key of each phone's certificate ("sha256/<64 hex digits>", the SHA-256 of its
/// SubjectPublicKeyInfo) under the phone's name: what was met at first is trusted from then on, nothing else. Any
/// thread. Errors are for an administrator.
class PinStore {
 public:
  virtual ~PinStore() = default;
  /// All that are trusted under this name; none: the first one that is met is to be remembered.
  [[nodiscard]] virtual tl::expected<std::vector<std::string>, std::string> find(const std::string& name) = 0;
  [[nodiscard]] virtual tl::expected<void, std::string> remember(const std::string& name, const std::string& pin) = 0;
  /// What an administrator does to have a name forgotten: "remove the line of '1000@example.com' from /etc/snomd/pins".
  [[nodiscard]] virtual std::string how_to_forget(const std::string& name) const = 0;
};

/// For as long as the program runs.
class MemoryPins final : public PinStore {
 public:
  [[nodiscard]] tl::expected<std::vector<std::string>, std::string> find(const std::string& name) override;
  [[nodiscard]] tl::expected<void, std::string> remember(const std::string& name, const std::string& pin) override;
  [[nodiscard]] std::string how_to_forget(const std::string& name) const override;

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, std::vector<std::string>> pins_;
};

/// In a file, a line for each: `1000@example.com sha256/...`; blank lines and those that begin with # are passed over,
/// a second line of one name trusts a second phone. Blanks and % in names are percent-encoded. An administrator may
/// edit the file at any time: it is read again when it has changed. Written as a whole (a new file, then renamed) with
/// mode 0600. One program has it.
class FilePins final : public PinStore {
 public:
  /// Reads the file, or makes an empty one. The error names file, line, and what was expected.
  [[nodiscard]] static tl::expected<std::unique_ptr<FilePins>, std::string> open(const std::string& path);
  /// What open() would say of this file, as far as that is known without making it.
  [[nodiscard]] static tl::expected<void, std::string> check(const std::string& path);

  [[nodiscard]] tl::expected<std::vector<std::string>, std::string> find(const std::string& name) override;
  [[nodiscard]] tl::expected<void, std::string> remember(const std::string& name, const std::string& pin) override;
  [[nodiscard]] std::string how_to_forget(const std::string& name) const override;

 private:
  explicit FilePins(std::string path) : path_(std::move(path)) {}

  /// By which a changed file is told from the one read.
  struct Version {
    unsigned long long inode = 0;
    long long size = 0;
    long long seconds = 0;
    long long nanoseconds = 0;
    bool operator==(const Version&) const = default;
  };
  [[nodiscard]] std::optional<Version> version() const;
  [[nodiscard]] tl::expected<void, std::string> read_if_changed();
  [[nodiscard]] tl::expected<void, std::string> write(const std::string& text);

  const std::string path_;
  std::mutex mutex_;
  std::optional<Version> read_;  ///< empty: there was no file
  std::string text_;
  std::unordered_map<std::string, std::vector<std::string>> pins_;
};

}  // namespace snom::http
