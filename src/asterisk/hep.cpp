#include "asterisk/hep.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "language/text.h"

namespace snom::asterisk {
namespace {

constexpr std::size_t longest_value = 256;

std::uint16_t number(std::string_view bytes, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(bytes[i])); };
  return static_cast<std::uint16_t>(byte(at) << 8U | byte(at + 1));
}

// Chunk types of vendor 0.
constexpr std::uint16_t protocol_type = 0x0b;
constexpr std::uint16_t authentication_key = 0x0e;
constexpr std::uint16_t payload = 0x0f;
constexpr char protocol_sip = 1;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is(std::string_view name, std::string_view wanted) {
  return name.size() == wanted.size() &&
         std::equal(name.begin(), name.end(), wanted.begin(), [](char a, char b) { return lower(a) == lower(b); });
}

std::string_view take_line(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  const auto line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return language::trimmed(line);
}

bool is_watched(std::string_view method) { return method == "MESSAGE" || method == "NOTIFY"; }

}  // namespace

std::optional<HepPacket> read_hep(std::string_view packet) {
  constexpr std::size_t head = 6;
  if (packet.size() < head || !packet.starts_with("HEP3")) return std::nullopt;
  if (number(packet, 4) != packet.size()) return std::nullopt;
  packet.remove_prefix(head);
  HepPacket read;
  bool is_sip = false;
  while (!packet.empty()) {
    if (packet.size() < head) return std::nullopt;
    const auto vendor = number(packet, 0);
    const auto type = number(packet, 2);
    const std::size_t length = number(packet, 4);
    if (length < head || length > packet.size()) return std::nullopt;
    const auto value = packet.substr(head, length - head);
    packet.remove_prefix(length);
    if (vendor != 0) continue;
    if (type == protocol_type) is_sip = value.size() == 1 && value[0] == protocol_sip;
    if (type == authentication_key) read.password = value;
    if (type == payload) read.sip = value;
  }
  if (!is_sip || read.sip.empty()) return std::nullopt;
  return read;
}

std::optional<SipCopy> read_copy(std::string_view sip) {
  constexpr std::string_view version = "SIP/2.0 ";
  SipCopy copy;
  auto first = take_line(sip);
  const bool is_response = first.starts_with(version);
  if (is_response) {
    first.remove_prefix(version.size());
    const auto code = first.substr(0, 3);
    const auto [end, error] = std::from_chars(code.data(), code.data() + code.size(), copy.status);
    if (error != std::errc() || end != code.data() + code.size() || copy.status < 200 || copy.status > 699) {
      return std::nullopt;
    }
    copy.reason = language::printable(language::trimmed(first.substr(code.size())).substr(0, longest_value));
  } else if (!is_watched(first.substr(0, first.find(' ')))) {
    return std::nullopt;
  }
  bool watched = false;
  while (!sip.empty()) {
    const auto line = take_line(sip);
    if (line.empty()) break;
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const auto name = language::trimmed(line.substr(0, colon));
    const auto value = language::trimmed(line.substr(colon + 1)).substr(0, longest_value);
    if (is(name, "Call-ID") || is(name, "i")) copy.call_id = value;
    if (is(name, "CSeq")) watched = is_watched(value.substr(std::min(value.rfind(' ') + 1, value.size())));
    if (is(name, reference_header)) copy.reference = value;
  }
  if (!watched || copy.call_id.empty()) return std::nullopt;
  if (!is_response && copy.reference.empty()) return std::nullopt;
  if (is_response) copy.reference.clear();
  return copy;
}

}  // namespace snom::asterisk
