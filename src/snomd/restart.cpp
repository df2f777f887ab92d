#include "snomd/restart.h"

#include <algorithm>
#include <array>

namespace snom::snomd {
namespace {

struct Setting {
  std::string_view name;
  bool (*is_same)(const Config& a, const Config& b);
};

bool same_profiles(const Config& a, const Config& b) {
  return a.profiles == b.profiles &&
         std::equal(a.sip.profiles.begin(), a.sip.profiles.end(), b.sip.profiles.begin(), b.sip.profiles.end(),
                    [](const sip::ProfileOptions& one, const sip::ProfileOptions& other) {
                      return one.name == other.name && one.listen == other.listen && one.domain == other.domain &&
                             one.proxy == other.proxy && one.tls_name == other.tls_name && one.asking == other.asking &&
                             one.watching == other.watching;
                    }) &&
         a.asterisks == b.asterisks;
}

template <auto Config::*part>
bool same(const Config& a, const Config& b) {
  return a.*part == b.*part;
}
template <auto Config::*part, auto member>
bool same(const Config& a, const Config& b) {
  return a.*part.*member == b.*part.*member;
}

using Gate = access::Gate::Options;
using Http = http::Server::Options;
using Web = http::WebClient::Options;
using Sip = sip::ServerOptions;
using Events = EventMemory::Limits;
using Delivery = control::KeySync::Options;

using Limits = sip::Subscriptions::Limits;
template <auto Limits::*part>
bool same_limit(const Config& a, const Config& b) {
  return a.sip.subscriptions.*part == b.sip.subscriptions.*part;
}

constexpr std::array settings = {
    Setting{"[[profile]]", same_profiles},
    Setting{"[http] listen", same<&Config::http_listen>},
    Setting{"[http] https_listen", same<&Config::https_listen>},
    Setting{"[http] token_file", same<&Config::gate, &Gate::token>},
    Setting{"[http] tokens_file", same<&Config::tokens_file>},
    Setting{"[http] audit_file", same<&Config::audit_file>},
    Setting{"[http] press_secret_file", same<&Config::press_secret>},
    Setting{"[provisioning] listen", same<&Config::provisioning, &Provisioning::listen>},
    Setting{"[provisioning] folder", same<&Config::provisioning, &Provisioning::folder>},
    Setting{"[provisioning] https_listen", same<&Config::provisioning, &Provisioning::https_listen>},
    Setting{"[web] verify", same<&Config::web, &Web::verify>},
    Setting{"[web] ca_file", same<&Config::web, &Web::ca_file>},
    Setting{"[web] pin_file", same<&Config::pin_file>},
    Setting{"[store] path", same<&Config::store_path>},
    Setting{"[store] url", same<&Config::store_url>},
    Setting{"[nodes] name", same<&Config::node_name>},
    Setting{"[restore] per_second", same<&Config::delivery, &Delivery::restores_per_second>},
    Setting{"[restore] first_retry_ms", same<&Config::delivery, &Delivery::first_retry>},
    Setting{"[restore] longest_retry_ms", same<&Config::delivery, &Delivery::longest_retry>},
    Setting{"[pictures] folder", same<&Config::picture_folder>},
    Setting{"[limits] answer_timeout_ms", same<&Config::sip, &Sip::answer_timeout>},
    Setting{"[limits] web_timeout_ms", same<&Config::web, &Web::total_timeout>},
    Setting{"[limits] web_connect_timeout_ms", same<&Config::web, &Web::connect_timeout>},
    Setting{"[limits] sip_connections", same<&Config::sip, &Sip::max_connections>},
    Setting{"[limits] sip_connections_per_address", same<&Config::sip, &Sip::max_connections_per_address>},
    Setting{"[limits] subscriptions", same_limit<&Limits::all>},
    Setting{"[limits] subscriptions_per_user", same_limit<&Limits::per_user>},
    Setting{"[limits] subscriptions_per_address", same_limit<&Limits::per_address>},
    Setting{"[subscriptions] min_expires_s", same<&Config::sip, &Sip::min_subscription>},
    Setting{"[subscriptions] default_expires_s", same<&Config::sip, &Sip::default_subscription>},
    Setting{"[subscriptions] max_expires_s", same<&Config::sip, &Sip::max_subscription>},
    Setting{"[subscriptions] press_answer", same<&Config::sip, &Sip::press_answer>},
    Setting{"[limits] http_connections", same<&Config::http, &Http::max_connections>},
    Setting{"[limits] http_connections_per_address", same<&Config::http, &Http::max_connections_per_address>},
    Setting{"[limits] http_event_streams", same<&Config::http, &Http::max_streams>},
    Setting{"[limits] http_event_streams_per_address", same<&Config::http, &Http::max_streams_per_address>},
    Setting{"[limits] http_idle_s", same<&Config::http, &Http::idle_timeout>},
    Setting{"[limits] events_kept", same<&Config::events, &Events::events>},
    Setting{"[limits] events_kept_kb", same<&Config::events, &Events::bytes>},
    Setting{"[limits] http_token_requests_per_second", same<&Config::gate, &Gate::per_second>},
    Setting{"[limits] http_token_body_bytes", same<&Config::gate, &Gate::max_body>},
    Setting{"[registrar] min_expires_s", same<&Config::sip, &Sip::min_expires>},
    Setting{"[registrar] default_expires_s", same<&Config::sip, &Sip::default_expires>},
    Setting{"[registrar] max_expires_s", same<&Config::sip, &Sip::max_expires>},
    Setting{"[registrar] nonce_lifetime_s", same<&Config::sip, &Sip::nonce_lifetime>},
    Setting{"[registrar] max_contacts", same<&Config::sip, &Sip::max_contacts>},
    Setting{"[registrar] max_users", same<&Config::sip, &Sip::max_proxied_users>},
};

}  // namespace

std::vector<std::string_view> settings_that_need_a_restart(const Config& running, const Config& read) {
  std::vector<std::string_view> changed;
  for (const auto& setting : settings) {
    if (!setting.is_same(running, read)) changed.push_back(setting.name);
  }
  return changed;
}

}  // namespace snom::snomd
