#include "sip/sdp.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <vector>

namespace snom::sip {

namespace {

/// RFC 4566 section 5: no value holds a NUL or a line end. One that did would go back in a line of our answer.
bool is_made_of_lines(std::string_view text) {
  for (auto at = text.find_first_of(std::string_view("\0\r", 2)); at != std::string_view::npos;
       at = text.find_first_of(std::string_view("\0\r", 2), at + 1)) {
    if (text[at] == '\0' || !text.substr(at + 1).starts_with('\n')) return false;
  }
  return true;
}

std::string_view name_of(MediaDirection direction) {
  switch (direction) {
    case MediaDirection::sendrecv:
      return "sendrecv";
    case MediaDirection::sendonly:
      return "sendonly";
    case MediaDirection::recvonly:
      return "recvonly";
    case MediaDirection::inactive:
      return "inactive";
  }
  return "sendrecv";
}

std::optional<MediaDirection> direction_named(std::string_view name) {
  for (const auto direction :
       {MediaDirection::sendrecv, MediaDirection::sendonly, MediaDirection::recvonly, MediaDirection::inactive}) {
    if (name == name_of(direction)) return direction;
  }
  return std::nullopt;
}

/// What can be answered to an offer while this end wants `ours` (RFC 3264 section 6.1).
MediaDirection answered(MediaDirection offered, MediaDirection ours) {
  const auto sends = [](MediaDirection d) { return d == MediaDirection::sendrecv || d == MediaDirection::sendonly; };
  const auto hears = [](MediaDirection d) { return d == MediaDirection::sendrecv || d == MediaDirection::recvonly; };
  const bool send = sends(ours) && hears(offered);
  const bool hear = hears(ours) && sends(offered);
  if (send && hear) return MediaDirection::sendrecv;
  if (send) return MediaDirection::sendonly;
  return hear ? MediaDirection::recvonly : MediaDirection::inactive;
}

struct Stream {
  std::string kind, port, protocol;
  std::vector<std::string> formats;
  std::map<std::string, std::string> codecs;  ///< format -> "PCMA/8000" in capitals
  std::optional<MediaDirection> direction;
  std::optional<bool> nowhere;  ///< its own c= line names no address
};

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> found;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    if (end > 0) found.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return found;
}

std::string capitals(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](unsigned char c) { return std::toupper(c); });
  return result;
}

struct Description {
  std::vector<Stream> streams;
  MediaDirection direction = MediaDirection::sendrecv;  ///< of the session, for streams that name none
  bool nowhere = false;                                 ///< likewise: the session's c= line names no address
};

/// "IN IP4 0.0.0.0": nothing may be sent there (RFC 3264 section 8.4).
bool names_nowhere(std::string_view connection) {
  const auto parts = words(connection);
  return parts.size() >= 3 && (parts[2] == "0.0.0.0" || parts[2] == "::");
}

/// The direction as seen by who wrote it: what cannot be sent to hears nothing, whatever its a= lines say.
MediaDirection direction_of(const Description& description, const Stream& stream) {
  const MediaDirection named = stream.direction.value_or(description.direction);
  if (!stream.nowhere.value_or(description.nowhere)) return named;
  const bool sends = named == MediaDirection::sendrecv || named == MediaDirection::sendonly;
  return sends ? MediaDirection::sendonly : MediaDirection::inactive;
}

Description parse(std::string_view text) {
  Description description;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.starts_with("m=")) {
      const auto parts = words(line.substr(2));
      if (parts.size() < 4) continue;
      description.streams.push_back({parts[0], parts[1], parts[2], {parts.begin() + 3, parts.end()}, {}, {}, {}});
    } else if (line.starts_with("c=")) {
      if (description.streams.empty()) {
        description.nowhere = names_nowhere(line.substr(2));
      } else {
        description.streams.back().nowhere = names_nowhere(line.substr(2));
      }
    } else if (line.starts_with("a=rtpmap:") && !description.streams.empty()) {
      const auto parts = words(line.substr(9));
      if (parts.size() >= 2) description.streams.back().codecs[parts[0]] = capitals(parts[1]);
    } else if (line.starts_with("a=")) {
      const auto direction = direction_named(line.substr(2));
      if (!direction) continue;
      if (description.streams.empty()) {
        description.direction = *direction;
      } else {
        description.streams.back().direction = direction;
      }
    }
  }
  return description;
}

/// "PCMA/8000" and so on when the format is one of ours, else empty.
std::string codec_of(const Stream& stream, const std::string& format) {
  const auto mapped = stream.codecs.find(format);
  std::string codec = mapped != stream.codecs.end() ? mapped->second
                      : format == "0"               ? "PCMU/8000"
                      : format == "8"               ? "PCMA/8000"
                                                    : "";
  if (codec.ends_with("/8000/1")) codec.resize(codec.size() - 2);
  const bool ours = codec == "PCMA/8000" || codec == "PCMU/8000" || codec == "TELEPHONE-EVENT/8000";
  return ours ? codec : std::string();
}

std::string head(const LocalMedia& local) {
  const std::string family = local.address.find(':') == std::string::npos ? "IP4 " : "IP6 ";
  return "v=0\r\no=- " + std::to_string(local.session) + " " + std::to_string(local.version) + " IN " + family +
         local.address + "\r\ns=call\r\nc=IN " + family + local.address + "\r\nt=0 0\r\n";
}

void describe(std::string& text, const std::string& format, const std::string& codec) {
  text += "a=rtpmap:" + format + " " + (codec == "TELEPHONE-EVENT/8000" ? "telephone-event/8000" : codec) + "\r\n";
  if (codec == "TELEPHONE-EVENT/8000") text += "a=fmtp:" + format + " 0-15\r\n";
}

}  // namespace

std::string sdp_offer(const LocalMedia& local) {
  std::string text = head(local) + "m=audio " + std::to_string(local.port) + " RTP/AVP 8 0 101\r\n";
  describe(text, "8", "PCMA/8000");
  describe(text, "0", "PCMU/8000");
  describe(text, "101", "TELEPHONE-EVENT/8000");
  return text + "a=ptime:20\r\na=" + std::string(name_of(local.direction)) + "\r\n";
}

std::optional<SdpAnswer> sdp_answer(std::string_view offer, const LocalMedia& local) {
  if (!is_made_of_lines(offer)) return std::nullopt;
  const Description description = parse(offer);
  SdpAnswer answer;
  answer.text = head(local);
  bool taken = false;
  for (const Stream& stream : description.streams) {
    std::vector<std::pair<std::string, std::string>> common;
    if (!taken && stream.kind == "audio" && stream.protocol == "RTP/AVP" && stream.port != "0") {
      for (const std::string& format : stream.formats) {
        if (const std::string codec = codec_of(stream, format); !codec.empty()) common.emplace_back(format, codec);
      }
    }
    const bool has_voice = std::any_of(common.begin(), common.end(),
                                       [](const auto& entry) { return entry.second != "TELEPHONE-EVENT/8000"; });
    if (!has_voice) {
      answer.text += "m=" + stream.kind + " 0 " + stream.protocol + " " + stream.formats.front() + "\r\n";
      continue;
    }
    taken = true;
    answer.offered = direction_of(description, stream);
    answer.text += "m=audio " + std::to_string(local.port) + " RTP/AVP";
    for (const auto& [format, codec] : common) answer.text += " " + format;
    answer.text += "\r\n";
    for (const auto& [format, codec] : common) describe(answer.text, format, codec);
    answer.text += "a=ptime:20\r\na=" + std::string(name_of(answered(answer.offered, local.direction))) + "\r\n";
  }
  if (!taken) return std::nullopt;
  return answer;
}

std::optional<MediaDirection> sdp_direction(std::string_view answer) {
  const Description description = parse(answer);
  for (const Stream& stream : description.streams) {
    if (stream.kind == "audio" && stream.port != "0") return direction_of(description, stream);
  }
  return std::nullopt;
}

}  // namespace snom::sip
