#include "tls/store.h"

#include <ctime>
#include <optional>
#include <utility>

#include <openssl/ssl.h>

#include "tls/names.h"
#include "tls/trust.h"

namespace snom::tls {

tl::expected<Store::Contexts, std::string> Store::contexts(const Settings& settings) {
  Contexts made;
  std::optional<Identity> identity;
  if (!settings.identity.certificate.empty() || !settings.identity.key.empty()) {
    identity = settings.identity;
    auto server = make_server_context(*identity);
    if (!server) return tl::unexpected(server.error());
    auto sip = make_server_context(*identity);
    if (!sip) return tl::unexpected(sip.error());
    if (!settings.client_authorities.empty()) {
      if (auto wanted = want_client_certificates(sip->get(), settings.client_authorities); !wanted) {
        return tl::unexpected(wanted.error());
      }
    }
    made.server = std::move(*server);
    made.sip_server = std::move(*sip);
  }
  if (settings.authorities.empty() && !identity) return made;
  auto client = make_client_context(settings.authorities, identity);
  if (!client) return tl::unexpected(client.error());
  made.client = std::move(*client);
  return made;
}

tl::expected<std::shared_ptr<Store>, std::string> Store::make(const Settings& settings) {
  auto store = std::make_shared<Store>();
  if (auto used = store->use(settings); !used) return tl::unexpected(used.error());
  return store;
}

tl::expected<void, std::string> Store::use(const Settings& settings) {
  auto made = contexts(settings);
  if (!made) return tl::unexpected(made.error());
  const std::lock_guard lock(mutex_);
  contexts_ = std::move(*made);
  return {};
}

std::shared_ptr<SSL_CTX> Store::server() const {
  const std::lock_guard lock(mutex_);
  return contexts_.server;
}

std::shared_ptr<SSL_CTX> Store::server_for_sip() const {
  const std::lock_guard lock(mutex_);
  return contexts_.sip_server;
}

std::optional<Store::Shown> Store::shown() const {
  const auto context = server();
  const X509* certificate = context ? SSL_CTX_get0_certificate(context.get()) : nullptr;
  if (certificate == nullptr) return std::nullopt;
  std::tm end{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1) return std::nullopt;
  return Shown{names_of(certificate), std::chrono::system_clock::from_time_t(timegm(&end))};
}

std::shared_ptr<SSL_CTX> Store::client() const {
  const std::lock_guard lock(mutex_);
  if (!contexts_.client) contexts_.client = make_client_context({}, std::nullopt).value_or(nullptr);
  return contexts_.client;
}

}  // namespace snom::tls
