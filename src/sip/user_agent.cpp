#include "sip/user_agent.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "sip/user_agent_core.h"

namespace snom::sip {

namespace {

struct Server {
  std::vector<std::string> addresses;  ///< numeric
  std::string local;                   ///< from where the first is reached
};

std::string numeric(const sockaddr* address, socklen_t size) {
  char host[NI_MAXHOST] = "";
  if (getnameinfo(address, size, host, sizeof host, nullptr, 0, NI_NUMERICHOST) != 0) return {};
  return host;
}

/// The local address of a UDP socket that is connected to it; nothing is sent.
tl::expected<std::string, std::string> local_address_towards(const addrinfo& server) {
  const int probe = socket(server.ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return tl::make_unexpected(std::string(std::strerror(errno)));
  sockaddr_storage local{};
  socklen_t size = sizeof local;
  const bool known = connect(probe, server.ai_addr, server.ai_addrlen) == 0 &&
                     getsockname(probe, reinterpret_cast<sockaddr*>(&local), &size) == 0;
  const int error = errno;
  close(probe);
  if (!known) return tl::make_unexpected(std::string(std::strerror(error)));
  return numeric(reinterpret_cast<const sockaddr*>(&local), size);
}

tl::expected<Server, std::string> find_server(const UserAgentOptions& options) {
  const auto refused = [&](const std::string& why) {
    return tl::make_unexpected("server " + options.server_host + ": " + why);
  };
  addrinfo hints{};
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(options.server_port);
  if (const int error = getaddrinfo(options.server_host.c_str(), port.c_str(), &hints, &found); error != 0) {
    return refused(gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> list(found, &freeaddrinfo);
  const addrinfo* first = nullptr;
  Server server;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    if (entry->ai_family != AF_INET && entry->ai_family != AF_INET6) continue;
    if (first == nullptr || (first->ai_family == AF_INET6 && entry->ai_family == AF_INET)) first = entry;
    server.addresses.push_back(numeric(entry->ai_addr, entry->ai_addrlen));
  }
  if (first == nullptr) return refused("has no IP address");
  const std::string chosen = numeric(first->ai_addr, first->ai_addrlen);
  std::iter_swap(server.addresses.begin(), std::find(server.addresses.begin(), server.addresses.end(), chosen));
  auto local = local_address_towards(*first);
  if (!local) return refused(local.error());
  server.local = std::move(*local);
  return server;
}

}  // namespace

tl::expected<std::unique_ptr<UserAgent>, std::string> UserAgent::open(EventLoop& loop, UserAgentOptions options) {
  auto server = find_server(options);
  if (!server) return tl::make_unexpected(server.error());
  const std::string local = options.listen.empty() ? server->local : bare_host(options.listen);
  std::unique_ptr<UserAgent> agent(new UserAgent(loop));
  tl::expected<void, std::string> bound;
  loop.run_and_wait([&] {
    agent->core_ = std::make_unique<UserAgentCore>(loop, std::move(options), local, std::move(server->addresses));
    bound = agent->core_->bind();
    if (bound) agent->listening_ = agent->core_->bound().to_string();
  });
  if (!bound) return tl::make_unexpected(bound.error());
  return agent;
}

UserAgent::UserAgent(EventLoop& loop) : loop_(loop) {}

UserAgent::~UserAgent() {
  loop_.run_and_wait([this] { core_.reset(); });
}

Account* UserAgent::add(AccountOptions options, AccountObserver& observer) {
  return core_->add(std::move(options), observer);
}

}  // namespace snom::sip
