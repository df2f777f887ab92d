#pragma once

#include <optional>
#include <string_view>

namespace snom::sip {

/// What may be subscribed to: event packages (RFC 6665 section 7.2).
enum class EventPackage {
  dialog,    ///< RFC 4235
  presence,  ///< RFC 3856
};
constexpr const char* event_packages = "dialog, presence";  ///< value of Allow-Events
/// nullopt for any other.
[[nodiscard]] std::optional<EventPackage> event_package(std::string_view event_type);
[[nodiscard]] std::string_view to_string(EventPackage package);
/// The content type of its NOTIFYs.
[[nodiscard]] std::string_view content_type(EventPackage package);

}  // namespace snom::sip
