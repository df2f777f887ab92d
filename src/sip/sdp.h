#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace snom::sip {

/// Which way the sound goes, seen from who wrote the description (RFC 4566 section 6).
enum class MediaDirection { sendrecv, sendonly, recvonly, inactive };

/// This end of a call's audio.
struct LocalMedia {
  std::string address;        ///< numeric, without brackets
  std::uint16_t port = 0;     ///< where RTP is received
  std::uint64_t session = 0;  ///< of the o= line: the same for the whole call
  std::uint32_t version = 0;  ///< of the o= line: one more for each description
  MediaDirection direction = MediaDirection::sendrecv;
};

/// An offer of PCMA, PCMU and telephone-event (RFC 3264 section 5).
[[nodiscard]] std::string sdp_offer(const LocalMedia& local);

struct SdpAnswer {
  std::string text;
  /// The other end's direction; one without an address to be sent to ("c=IN IP4 0.0.0.0") does not hear.
  MediaDirection offered = MediaDirection::sendrecv;
};
/// Answers an offer (RFC 3264 section 6): the first audio stream with a codec of ours is taken, with the codecs in the
/// offerer's order; all other streams are refused with port 0. nullopt when no stream can be taken: 488.
[[nodiscard]] std::optional<SdpAnswer> sdp_answer(std::string_view offer, const LocalMedia& local);

/// Which way the sound goes in the answer to an offer of ours, seen from who answered. nullopt when it takes no audio.
[[nodiscard]] std::optional<MediaDirection> sdp_direction(std::string_view answer);

}  // namespace snom::sip
