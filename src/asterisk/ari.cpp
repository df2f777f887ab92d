#include "asterisk/ari.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "asterisk/hep.h"
#include "asterisk/read_json.h"
#include "language/percent.h"
#include "language/text.h"

namespace snom::asterisk {
namespace {

using nlohmann::json;

/// The user and host of "pjsip:snom+...@pbx.example:5060" or "sip:...".
std::pair<std::string_view, std::string_view> user_and_host(std::string_view uri) {
  for (const std::string_view scheme : {"pjsip:", "sip:", "sips:"}) {
    if (uri.starts_with(scheme)) uri.remove_prefix(scheme.size());
  }
  const auto ends = [](std::string_view part) { return part.substr(0, part.find_first_of(";?>")); };
  // A user may hold both (RFC 3261 section 25.1), and nothing behind the host an @.
  const auto at = uri.rfind('@');
  if (at == std::string_view::npos) return {ends(uri), {}};
  const auto host = ends(uri.substr(at + 1));
  if (host.starts_with('[')) return {uri.substr(0, at), host.substr(1, host.find(']') - 1)};
  return {uri.substr(0, at), host.substr(0, host.find(':'))};
}

}  // namespace

std::string write_ari_message(const AriMessage& message) {
  json variables = {{"Content-Type", message.content_type}};
  if (!message.reference.empty()) variables[std::string(reference_header)] = message.reference;
  const json whole = {
      {"to", message.to}, {"from", message.from}, {"body", message.body}, {"variables", std::move(variables)}};
  return whole.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::optional<AriText> read_ari_text(std::string_view event) {
  const auto read = read_json(event);
  if (!read || text_of(*read, "type") != "TextMessageReceived") return std::nullopt;
  const auto message = read->find("message");
  const auto endpoint = read->find("endpoint");
  if (message == read->end() || endpoint == read->end()) return std::nullopt;
  if (text_of(*endpoint, "technology") != "PJSIP") return std::nullopt;
  AriText text;
  text.endpoint = text_of(*endpoint, "resource");
  const auto to = text_of(*message, "to");
  const auto [user, host] = user_and_host(to);
  text.target = language::percent_decode(user);
  text.target_host = host;
  text.body = text_of(*message, "body");
  if (text.endpoint.empty() || text.target.empty()) return std::nullopt;
  return text;
}

std::string read_ari_error(std::string_view body) {
  const auto read = read_json(body);
  if (!read) return {};
  auto said = text_of(*read, "message");
  if (said.empty()) said = text_of(*read, "error");
  constexpr std::size_t longest = 200;
  return language::printable(std::string_view(said).substr(0, longest));
}

}  // namespace snom::asterisk
