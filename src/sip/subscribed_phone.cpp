#include "sip/subscribed_phone.h"

#include <algorithm>
#include <optional>

#include "control/contact.h"
#include "sip/registrar.h"
#include "sip/sip_uri.h"

namespace snom::sip {
namespace {

struct Place {
  std::string host;
  std::uint16_t port = 0;
};

[[nodiscard]] std::optional<Place> place_of(std::string_view uri) {
  const auto parsed = parse_sip_uri(uri);
  if (!parsed) return std::nullopt;
  const bool by_tls = parsed->scheme == "sips" || parsed->parameter("transport") == "tls";
  return Place{parsed->host, parsed->port.value_or(by_tls ? default_tls_port : default_port)};
}

[[nodiscard]] bool is_at(const Place& place, std::string_view host, std::uint16_t port) {
  return place.port == port && (place.host == host || control::same_address(place.host, host));
}

/// Where its proxy had the REGISTER from (the parameter `received` of a Path).
[[nodiscard]] std::optional<Place> received(const std::string& path) {
  const auto proxy = parse_sip_uri(route_uri(path));
  return proxy ? place_of(proxy->parameter("received")) : std::nullopt;
}

[[nodiscard]] bool came_from(const Subscription& subscription, const Binding& flow) {
  const bool same_connection = subscription.connection != nullptr && subscription.connection == flow.connection;
  return same_connection || (subscription.source_port == flow.phone->network_port &&
                             control::same_address(subscription.source_host, flow.phone->network_host));
}

/// Whether the Contact leads to where this flow does.
[[nodiscard]] bool leads_to(const Place& contact, const Binding& flow) {
  if (const auto its = place_of(flow.contact()); its && is_at(contact, its->host, its->port)) return true;
  if (is_at(contact, flow.phone->network_host, flow.phone->network_port)) return true;
  return std::ranges::any_of(flow.path, [&](const std::string& path) {
    const auto from = received(path);
    return from && is_at(contact, from->host, from->port);
  });
}

/// Whether it is known to be another phone's than the one with this flow.
[[nodiscard]] bool is_anothers(const Subscription& subscription, const Binding& flow, bool by_proxy) {
  const bool is_hidden = by_proxy || flow.proxied || !subscription.routes.empty();
  if (!is_hidden && came_from(subscription, flow)) return false;
  const auto contact = place_of(subscription.contact);
  if (!contact) return !is_hidden;
  if (is_hidden && is_at(*contact, subscription.source_host, subscription.source_port)) return false;
  return !leads_to(*contact, flow);
}

}  // namespace

bool is_of(const Subscription& subscription, const SubscribedPhone& phone) {
  const auto says_instance = [&](const Binding& flow) { return !flow.instance.empty(); };
  const auto has_its = [&](const Binding& flow) { return flow.instance == subscription.instance; };
  const auto has_contact = [&](const Binding& flow) { return same_uri(subscription.contact, flow.contact()); };
  if (!subscription.instance.empty()) {
    if (std::ranges::any_of(phone.flows, says_instance)) return std::ranges::any_of(phone.flows, has_its);
    if (std::ranges::any_of(phone.others, has_its)) return false;
  }
  if (std::ranges::any_of(phone.flows, has_contact)) return true;
  if (std::ranges::any_of(phone.others, has_contact)) return false;
  return std::ranges::any_of(phone.flows, [&](const Binding& flow) {
    return (phone.others.empty() || came_from(subscription, flow)) && !is_anothers(subscription, flow, phone.by_proxy);
  });
}

}  // namespace snom::sip
