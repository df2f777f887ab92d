#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace snom::runtime {

/// A text where most have none: then it takes no more room than a pointer. A value.
class RareString final {
 public:
  RareString() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): it stands where a string would.
  RareString(std::string text) {
    if (!text.empty()) text_ = std::make_unique<const std::string>(std::move(text));
  }
  // NOLINTNEXTLINE(google-explicit-constructor): likewise.
  RareString(const char* text) : RareString(std::string(text)) {}
  RareString(const RareString& other) : RareString(other.text()) {}
  RareString(RareString&&) noexcept = default;
  RareString& operator=(const RareString& other) {
    if (this != &other) *this = RareString(other);
    return *this;
  }
  RareString& operator=(RareString&&) noexcept = default;
  ~RareString() = default;

  [[nodiscard]] bool empty() const { return text_ == nullptr; }
  [[nodiscard]] const std::string& text() const {
    static const std::string none;
    return text_ == nullptr ? none : *text_;
  }
  // NOLINTNEXTLINE(google-explicit-constructor): to who reads, it is the string.
  operator const std::string&() const { return text(); }
  // NOLINTNEXTLINE(google-explicit-constructor): likewise.
  operator std::string_view() const { return text(); }
  friend bool operator==(const RareString& one, const RareString& other) { return one.text() == other.text(); }

 private:
  std::unique_ptr<const std::string> text_;  ///< never empty
};

}  // namespace snom::runtime
