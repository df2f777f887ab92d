#include "asterisk/hep_reader.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "asterisk/socket_address.h"
#include "http/signals.h"
#include "runtime/guard.h"

namespace snom::asterisk {
namespace {

/// Copies that control has not looked at yet; more are thrown away.
constexpr int most_untaken = 10000;
constexpr std::size_t longest_packet = 64 * 1024;
constexpr int receive_buffer = 4 * 1024 * 1024;

std::string reason(int error) { return std::generic_category().message(error); }

/// In a time that does not tell how much of it was right.
bool same_secret(std::string_view a, std::string_view b) {
  unsigned difference = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  }
  return difference == 0;
}

}  // namespace

tl::expected<std::unique_ptr<HepReader>, std::string> HepReader::open(const Options& options, Told told) {
  const auto place = fmt::format("udp:{}:{}", options.host, options.port);
  const auto address = socket_address(options.host, options.port);
  if (!address) return tl::unexpected(fmt::format("{}: '{}' is no address", place, options.host));
  const int fd = socket(address->storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return tl::unexpected(fmt::format("{}: {}", place, reason(errno)));
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  if (bind(fd, address->get(), address->size) != 0) {
    const auto why = reason(errno);
    close(fd);
    return tl::unexpected(fmt::format("{}: {}", place, why));
  }
  return std::unique_ptr<HepReader>(new HepReader(options, std::move(told), fd));
}

HepReader::HepReader(Options options, Told told, int socket)
    : options_(std::move(options)), told_(std::move(told)), socket_(socket), buffer_(longest_packet) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  getsockname(socket_, reinterpret_cast<sockaddr*>(&bound), &size);
  port_ = ntohs(bound.ss_family == AF_INET ? reinterpret_cast<sockaddr_in&>(bound).sin_port
                                           : reinterpret_cast<sockaddr_in6&>(bound).sin6_port);
  thread_ = http::thread_without_signals([this] { runtime::guarded("the reader of HEP", [this] { run(); }); });
}

HepReader::~HepReader() {
  stopping_ = true;
  wake_.wake();
  thread_.join();
  close(socket_);
}

void HepReader::run() {
  std::array<pollfd, 2> polled{{{socket_, POLLIN, 0}, {wake_.descriptor(), POLLIN, 0}}};
  while (!stopping_) {
    if (poll(polled.data(), polled.size(), -1) > 0 && polled[0].revents != 0) read();
  }
}

void HepReader::read() {
  const auto from = socket_address(options_.from, 0);
  while (!stopping_) {
    sockaddr_storage sender{};
    socklen_t size = sizeof sender;
    const auto bytes =
        recvfrom(socket_, buffer_.data(), buffer_.size(), 0, reinterpret_cast<sockaddr*>(&sender), &size);
    if (bytes < 0) return;
    if (!from || !same_host(from->storage, sender)) continue;
    const auto packet = read_hep({buffer_.data(), static_cast<std::size_t>(bytes)});
    if (!packet || (!options_.password.empty() && !same_secret(packet->password, options_.password))) continue;
    auto copy = read_copy(packet->sip);
    if (!copy || untaken_ >= most_untaken) continue;
    ++untaken_;
    told_(std::move(*copy));
  }
}

}  // namespace snom::asterisk
