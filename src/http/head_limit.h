#pragma once

#include <cstddef>

#include <curl/curl.h>

namespace snom::http {

/// How much libcurl may take of what is not the body of an answer: status lines and headers, those of answers before it
/// (1xx, 401) and trailers, all together. libcurl's own limits leave out some of these, and it keeps what it takes.
struct HeadLimit {
  std::size_t left = 64 * 1024;  ///< bytes
  bool exceeded = false;         ///< libcurl was told to end the transfer

  /// From now on this counts for `easy`, for which it has to outlive the transfer.
  bool watch(CURL* easy) {
    return curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &HeadLimit::take) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERDATA, this) == CURLE_OK;
  }

 private:
  static std::size_t take(const char*, std::size_t, std::size_t size, void* user) {
    auto& limit = *static_cast<HeadLimit*>(user);
    limit.exceeded = limit.exceeded || size > limit.left;
    if (limit.exceeded) return size + 1;  // anything but `size` ends the transfer, 0 too only if there was something
    limit.left -= size;
    return size;
  }
};

}  // namespace snom::http
