#pragma once

#include <sys/types.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// One side of a conversation in SIP that a fuzzer makes up: sockets on an address of loopback's own, and the text of
/// the input, in which what only a run knows is filled in.
namespace snom::fuzz {

/// A piece of an input: a line "@@<way>" and what stands below it, up to the next such line.
struct Piece {
  std::string_view way;
  std::string_view text;
};
/// At most `most`; what stands in front of the first such line is a piece without a way.
[[nodiscard]] std::vector<Piece> read_pieces(std::string_view input, std::size_t most);

/// "{name}" becomes what is known by that name; names that are not known stay. No more than 64 KiB come of it.
[[nodiscard]] std::string fill_in(std::string_view text,
                                  const std::function<const std::string*(std::string_view)>& known);

/// The lines of these headers, as they stand in the message, long and short forms.
[[nodiscard]] std::string header_lines(std::string_view message, const std::vector<std::string_view>& names);
/// Value of the first header of this name. Empty when there is none.
[[nodiscard]] std::string header_of(std::string_view message, std::string_view name);

/// Calls again when a signal came in between: the fuzzer's own watch has an alarm.
template <class Call>
[[nodiscard]] ssize_t undisturbed(Call call) {
  ssize_t result = 0;
  do {
    result = call();
  } while (result < 0 && errno == EINTR);
  return result;
}
/// True when one of `events` (POLLIN, POLLOUT) can be done on one of the descriptors within the time.
[[nodiscard]] bool wait_for(const std::vector<int>& descriptors, short events, std::chrono::milliseconds limit);

/// UDP and TCP sockets of one peer; TCP ones that connect and are connected to. Nothing here waits.
class Wire final {
 public:
  /// Binds free ports of `host`, an IPv4 address.
  explicit Wire(const std::string& host);
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  [[nodiscard]] std::uint16_t udp_port() const { return udp_port_; }
  [[nodiscard]] std::uint16_t tcp_port() const { return tcp_port_; }  ///< where one can connect to

  void send_udp(const std::string& host, std::uint16_t port, std::string_view bytes);
  /// Over the newest connection to or from there; a new one when there is none or `anew`.
  void send_tcp(const std::string& host, std::uint16_t port, std::string_view bytes, bool anew);
  /// Ends all connections.
  void close_tcp();
  /// All that has come since the last look: a datagram each, and what a connection brought.
  [[nodiscard]] std::vector<std::string> receive();

 private:
  int udp_ = -1;
  int listening_ = -1;
  std::uint16_t udp_port_ = 0;
  std::uint16_t tcp_port_ = 0;
  std::vector<int> connections_;  ///< the newest last
  std::string host_;
};

}  // namespace snom::fuzz
