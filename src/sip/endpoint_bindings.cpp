// Bindings that other nodes take over, and those of other nodes: what Endpoint does for them.
#include <algorithm>
#include <utility>

#include "sip/endpoint.h"
#include "sip/registrar.h"
#include "sip/sip_uri.h"

namespace snom::sip {
namespace {

[[nodiscard]] LocationTable::TimePoint now() { return std::chrono::steady_clock::now(); }

[[nodiscard]] registration::KeptBinding kept(const Binding& binding) {
  registration::KeptBinding kept;
  kept.phone = binding.phone;
  kept.instance = binding.instance;
  kept.reg_id = binding.reg_id;
  kept.q = binding.q;
  kept.cseq = binding.cseq;
  kept.registered_at = binding.registered_at;
  kept.next_hop = binding.next_hop;
  kept.proxied = binding.proxied;
  kept.path = binding.path;
  return kept;
}

/// As a registrar makes them: what is not, somebody else has written.
[[nodiscard]] bool is_sound(const registration::KeptBinding& kept) {
  const auto is_uri = [](const std::string& uri) { return parse_sip_uri(uri) && has_whole_escapes(uri); };
  const auto hop = parse_transport_address(kept.next_hop);
  return is_uri(kept.phone->contact) && hop && is_ip_address(hop->host) &&
         std::ranges::all_of(kept.path, [&](const std::string& value) { return is_uri(route_uri(value)); });
}

[[nodiscard]] bool is_removal(const RequestedContact& contact, const RegisterRequest& request) {
  return (contact.expires ? contact.expires : request.expires) == 0U;
}

}  // namespace

void Endpoint::tell_keeper(const RegisterRequest& request, const LocationTable::Applied& changes) const {
  registration::BindingKeeper& keeper = *shared_.options.bindings;
  const auto at = now();
  const auto remove = [&](const std::string& contact, const std::string& instance, unsigned reg_id) {
    keeper.remove({request.user + "@" + profile_.domain, profile_.name, contact, instance, reg_id, request.call_id,
                   request.cseq, at});
  };
  if (request.all) return remove({}, {}, 0);
  for (const LocationTable::Flow& flow : changes.gone) remove(flow.contact, flow.instance, flow.reg_id);
  for (const RequestedContact& contact : request.contacts) {
    // Another node may know it, when none was here.
    if (is_removal(contact, request)) remove(contact.uri, contact.instance, contact.reg_id);
  }
  // Behind what they have replaced, which may have the same name.
  for (const RequestedContact& contact : request.contacts) {
    if (is_removal(contact, request)) continue;
    const Binding* binding = locations_.find_flow(request.user, {contact.uri, contact.instance, contact.reg_id});
    if (binding != nullptr) keeper.keep(kept(*binding));
  }
}

void Endpoint::tell_keeper_of_removed_user(const std::string& user) const {
  if (shared_.options.bindings == nullptr) return;
  shared_.options.bindings->remove({user + "@" + profile_.domain, profile_.name, {}, {}, 0, {}, 0, now()});
}

bool Endpoint::take_over(const registration::KeptBinding& kept) {
  const std::string& user = kept.phone->user;
  // Nobody but the node before has the connection of one that has no next hop.
  if (profile_.asking || profile_.watching || kept.phone->domain != profile_.domain || !is_sound(kept)) return false;
  if (profile_.proxy ? !is_user_name(user) : !knows(user)) return false;
  if (!knows(user) && locations_.size() >= shared_.options.max_proxied_users) return false;
  const auto at = now();
  registration::Registration phone = *kept.phone;
  phone.web = web_of(user);
  phone.expires = std::min(phone.expires, at + shared_.options.max_expires);
  Binding binding;
  binding.phone = std::move(phone);
  binding.instance = kept.instance;
  binding.reg_id = kept.reg_id;
  binding.q = kept.q;
  binding.cseq = kept.cseq;
  binding.registered_at = std::min(kept.registered_at, at);
  binding.next_hop = kept.next_hop;
  binding.proxied = kept.proxied;
  binding.path = kept.path;
  auto changes = locations_.take_over(user, binding, at);
  if (!changes) return false;
  const auto taken = std::exchange(changes->registered, {});
  tell(*changes);
  for (const Binding& one : taken) {
    know(one);
    shared_.observer.taken_over(one.phone);
  }
  return true;
}

std::size_t Endpoint::let_go(const std::string& user, const std::string& why) {
  if (profile_.asking || profile_.watching) return 0;
  const auto gone = locations_.remove_user(user);
  sources_stale_ = sources_stale_ || !gone.empty();
  for (const Binding& binding : gone) shared_.observer.let_go(binding.phone, why);
  return gone.size();
}

std::size_t Endpoint::let_go_superseded(const registration::KeptBinding& kept, const std::string& why) {
  const LocationTable::Flow flow{kept.phone->contact, kept.instance, kept.reg_id};
  const Binding* here = locations_.find_flow(kept.phone->user, flow);
  const bool is_same = here != nullptr && here->call_id() == kept.phone->call_id && here->cseq == kept.cseq;
  if (!is_same) return 0;
  LocationTable::Update update;
  update.call_id = here->call_id();
  update.cseq = here->cseq + 1;
  update.remove.push_back(flow);
  auto changes = locations_.apply(kept.phone->user, update, now());
  if (!changes) return 0;
  const auto gone = std::exchange(changes->removed, {});
  sources_stale_ = true;
  for (const Binding& binding : gone) shared_.observer.let_go(binding.phone, why);
  tell(*changes);
  return 1;
}

}  // namespace snom::sip
