#include "sip/packed_subscription.h"

#include <algorithm>

#include "sip/subscriptions.h"

namespace snom::sip {

PackedSubscription::PackedSubscription(const Subscription& whole)
    : local_cseq(whole.local_cseq),
      source_port_(whole.source_port),
      package_(whole.package),
      shows_all_(whole.shows_all),
      remote_cseq_(whole.remote_cseq),
      connection_(whole.connection) {
  std::string routes;
  for (const std::string& route : whole.routes) routes.append(route).append("\n");
  const std::array<std::string_view, fields> texts{
      whole.profile,   whole.domain,      whole.key.user,  whole.key.key,    whole.event_id, whole.call_id,
      whole.local_tag, whole.remote_tag,  whole.local_uri, whole.remote_uri, whole.contact,  whole.instance,
      routes,          whole.source_host, whole.transport, whole.next_hop,   whole.listener};
  std::size_t size = 0;
  for (const std::string_view one : texts) size += one.size();
  texts_ = std::make_unique<char[]>(size);
  std::size_t end = 0;
  for (std::size_t i = 0; i < fields; ++i) {
    std::ranges::copy(texts[i], texts_.get() + end);
    end += texts[i].size();
    ends_[i] = static_cast<std::uint16_t>(end);
  }
}

std::string_view PackedSubscription::text(Field field) const {
  const auto number = static_cast<std::size_t>(field);
  const std::size_t begin = number == 0 ? 0 : ends_[number - 1];
  return {texts_.get() + begin, ends_[number] - begin};
}

Subscription PackedSubscription::unpack() const {
  Subscription whole;
  whole.profile = profile();
  whole.domain = text(Field::domain);
  whole.key = {std::string(user()), std::string(key())};
  whole.package = package_;
  whole.shows_all = shows_all_;
  whole.event_id = text(Field::event_id);
  whole.call_id = call_id();
  whole.local_tag = local_tag();
  whole.remote_tag = remote_tag();
  whole.local_uri = text(Field::local_uri);
  whole.remote_uri = text(Field::remote_uri);
  whole.contact = contact();
  whole.instance = instance();
  for (std::string_view rest = text(Field::routes); !rest.empty();) {
    const auto end = rest.find('\n');
    whole.routes.emplace_back(rest.substr(0, end));
    rest.remove_prefix(end + 1);
  }
  whole.remote_cseq = remote_cseq_;
  whole.local_cseq = local_cseq;
  whole.source_host = source_host();
  whole.source_port = source_port_;
  whole.transport = text(Field::transport);
  whole.next_hop = text(Field::next_hop);
  whole.listener = text(Field::listener);
  whole.connection = connection_;
  return whole;
}

}  // namespace snom::sip
