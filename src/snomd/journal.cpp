#include "snomd/journal.h"

#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

#include "language/text.h"

namespace snom::snomd {
namespace {

constexpr std::size_t most_of_a_text = 48 * 1024;  // journald's own limit of a line
constexpr std::size_t most_of_a_value = 256;
constexpr int warning = 4;

std::string cut(std::string_view text, std::size_t most) {
  // Before it is made printable, which may take four bytes for one.
  const auto shown = language::printable(language::first_bytes(text, most));
  return std::string(language::first_bytes(shown, most)) + (text.size() > most || shown.size() > most ? "..." : "");
}

}  // namespace

std::string journal_entry(int priority, std::string_view text, const LogFields& fields) {
  auto entry = fmt::format("MESSAGE={}\nPRIORITY={}\nSYSLOG_IDENTIFIER=snomd\n", cut(text, most_of_a_text), priority);
  for (const auto& [name, value] : fields) {
    if (!value.empty()) entry += fmt::format("{}={}\n", name, cut(value, most_of_a_value));
  }
  return entry;
}

Journal::Journal(std::string_view socket) {
  if (!socket.starts_with('/') || socket.size() >= sizeof(address_.sun_path)) return;
  address_.sun_family = AF_UNIX;
  std::copy(socket.begin(), socket.end(), address_.sun_path);
  address_size_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket.size() + 1);
  descriptor_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor_ < 0) return;
  const timeval limit{1, 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

Journal::~Journal() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Journal::Sent Journal::try_to_send(const std::string& entry, int flags) const {
  const auto sent = ::sendto(descriptor_, entry.data(), entry.size(), MSG_NOSIGNAL | flags,
                             reinterpret_cast<const sockaddr*>(&address_), address_size_);
  if (sent >= 0) return Sent::taken;
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR || errno == ENOBUFS ? Sent::later : Sent::nowhere;
}

bool Journal::send(const std::string& entry) {
  if (descriptor_ < 0) return false;
  tell_what_is_lost();
  const auto sent = lost_ > 0 ? Sent::later : try_to_send(entry, 0);
  if (sent == Sent::later) ++lost_;
  return sent != Sent::nowhere;
}

void Journal::tell_what_is_lost() {
  if (lost_ == 0) return;
  const auto text = fmt::format("warning {} lines of the log were lost: the journal did not take them", lost_);
  if (try_to_send(journal_entry(warning, text, {}), MSG_DONTWAIT) != Sent::later) lost_ = 0;
}

}  // namespace snom::snomd
