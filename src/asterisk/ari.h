#pragma once

#include <optional>
#include <string>
#include <string_view>

/// What is said to Asterisk's REST interface (ARI) and what it says. Pure functions.
namespace snom::asterisk {

/// What is sent to `PUT /ari/endpoints/sendMessage`.
struct AriMessage {
  std::string to;    ///< "pjsip:1000/sip:1000@192.0.2.7:5060"
  std::string from;  ///< "sip:1000@example.com"
  std::string body;
  std::string content_type;
  std::string reference;  ///< X-Snom-Ref; empty = none
};
/// The request's body, JSON. Bytes that are no UTF-8 are replaced.
[[nodiscard]] std::string write_ari_message(const AriMessage& message);

/// An event TextMessageReceived: a MESSAGE of an endpoint that Asterisk has authenticated.
struct AriText {
  std::string endpoint;     ///< "1000"
  std::string target;       ///< user part of the Request-URI, percent-decoded
  std::string target_host;  ///< its host
  std::string body;
};
/// nullopt: it is another event, or not one of a PJSIP endpoint.
[[nodiscard]] std::optional<AriText> read_ari_text(std::string_view event);

/// What ARI says of an error: "Endpoint not found"; empty when it says nothing.
[[nodiscard]] std::string read_ari_error(std::string_view body);

}  // namespace snom::asterisk
