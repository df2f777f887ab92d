#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "http/server.h"

namespace snom::http {

/// How an answer is framed (RFC 9112 sections 6 and 9).
struct Framing {
  bool http_1_0 = false;                       ///< the client speaks HTTP/1.0
  bool keep_alive = true;                      ///< the connection stays open behind this answer
  bool chunked = false;                        ///< the body comes in chunks; otherwise `body_length` counts
  std::optional<std::size_t> body_length = 0;  ///< nullopt: the body ends with the connection
};

/// Status line and headers with the empty line behind them. `date`: value of the Date header. Line ends inside of
/// header values become blanks, so that no value can make a header of its own.
[[nodiscard]] std::string response_head(const Response& response, const Framing& framing, std::string_view date);

/// What is said beside a status: "Not Found"; "Unknown" for one that is in no list.
[[nodiscard]] std::string_view reason_phrase(int status);

/// False for answers that have no body by definition: 1xx, 204, 304 (RFC 9110 section 6.4.1).
[[nodiscard]] bool may_have_body(int status);

/// True when the handler asks for the connection to be closed behind its answer ("Connection: close").
[[nodiscard]] bool asks_to_close(const Response& response);

}  // namespace snom::http
