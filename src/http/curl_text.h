#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <curl/curl.h>

namespace snom::http {

/// Why a transfer failed, for an administrator, without URL and secrets: "connection refused". `system_error`: what
/// CURLINFO_OS_ERRNO tells. `verify_result`: what CURLINFO_SSL_VERIFYRESULT tells. `detail`: curl's error buffer, which
/// may name the URL: looked at, not shown.
[[nodiscard]] std::string transfer_error(CURLcode code, long system_error, long verify_result, std::string_view detail);

/// "5 s", "300 ms".
[[nodiscard]] std::string duration_text(std::chrono::milliseconds duration);

}  // namespace snom::http
