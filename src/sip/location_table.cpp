#include "sip/location_table.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "sip/sip_uri.h"

namespace snom::sip {
namespace {

using Applied = LocationTable::Applied;

/// A binding while a user's bindings change.
struct Draft {
  Binding binding;
  bool stood_for_phone = false;  ///< before the change
  bool set_now = false;          ///< by this REGISTER: its own CSeq is no reason to refuse a second mention
};

[[nodiscard]] const std::string& contact_of(const Binding& binding) { return binding.contact(); }
[[nodiscard]] const std::string& contact_of(const LocationTable::Flow& flow) { return flow.contact; }

template <typename A, typename B>
[[nodiscard]] bool same_instance(const A& a, const B& b) {
  return !a.instance.empty() && a.instance == b.instance;
}

/// Two ways to one phone.
template <typename A, typename B>
[[nodiscard]] bool different_flows(const A& a, const B& b) {
  return same_instance(a, b) && a.reg_id != 0 && b.reg_id != 0 && a.reg_id != b.reg_id;
}

template <typename A, typename B>
[[nodiscard]] bool same_binding(const A& a, const B& b) {
  return !different_flows(a, b) && same_uri(contact_of(a), contact_of(b));
}

/// One socket is one phone: what it registered before it started again leads to it twice.
[[nodiscard]] bool same_socket(const Binding& a, const Binding& b) {
  const registration::Registration& one = *a.phone;
  const registration::Registration& other = *b.phone;
  return a.instance.empty() && b.instance.empty() && !a.proxied && !b.proxied && one.call_id != other.call_id &&
         !one.network_host.empty() && one.network_host == other.network_host &&
         one.network_port == other.network_port && one.transport == other.transport &&
         one.user_agent == other.user_agent;
}

[[nodiscard]] bool same_phone_before(const Binding& before, const Binding& now) {
  return (same_instance(before, now) && before.reg_id == now.reg_id) || same_socket(before, now);
}

[[nodiscard]] LocationTable::Flow flow_of(const Binding& binding) {
  return {binding.contact(), binding.instance, binding.reg_id};
}

[[nodiscard]] bool same_name(const Binding& a, const Binding& b) {
  return a.contact() == b.contact() && a.instance == b.instance && a.reg_id == b.reg_id;
}

/// What a REGISTER of another registrar sets comes after what is here.
[[nodiscard]] bool is_older(const Binding& here, const Binding& kept) {
  return here.call_id() == kept.call_id() ? here.cseq < kept.cseq : here.registered_at < kept.registered_at;
}

[[nodiscard]] bool out_of_order(const Draft& draft, const LocationTable::Update& update) {
  return !draft.set_now && draft.binding.call_id() == update.call_id && draft.binding.cseq >= update.cseq;
}

/// True for one binding of each phone: the first.
template <typename Bindings, typename Of>
[[nodiscard]] bool stands_for_phone(const Bindings& bindings, std::size_t index, Of binding_of) {
  const Binding& one = binding_of(bindings[index]);
  for (std::size_t i = 0; i < index; ++i)
    if (same_instance(binding_of(bindings[i]), one)) return false;
  return true;
}

constexpr auto of_binding = [](const Binding& binding) -> const Binding& { return binding; };
constexpr auto of_pointer = [](const Binding* binding) -> const Binding& { return *binding; };
constexpr auto of_draft = [](const Draft& draft) -> const Binding& { return draft.binding; };

[[nodiscard]] std::vector<Draft> drafts_of(std::vector<Binding> bindings) {
  std::vector<Draft> drafts;
  drafts.reserve(bindings.size());
  for (std::size_t i = 0; i < bindings.size(); ++i)
    drafts.push_back({bindings[i], stands_for_phone(bindings, i, of_binding), false});
  return drafts;
}

/// Takes out those that `of` means; what is gone is told when it stood for its phone. `all`: every one of them.
template <typename Of>
void take_out(std::vector<Draft>& drafts, std::vector<Binding>& gone, Of of,
              std::vector<LocationTable::Flow>* all = nullptr) {
  const auto kept = std::stable_partition(drafts.begin(), drafts.end(), [&](const Draft& draft) { return !of(draft); });
  for (auto draft = kept; draft != drafts.end(); ++draft) {
    if (all != nullptr) all->push_back(flow_of(draft->binding));
    if (draft->stood_for_phone) gone.push_back(std::move(draft->binding));
  }
  drafts.erase(kept, drafts.end());
}

/// Phones keep their order; of what registered only that is told which stands for its phone, and so is a flow that
/// does from now on.
void tell_phones(const std::vector<Draft>& drafts, Applied& applied) {
  const auto told = [&applied](const Binding& binding) {
    return std::any_of(applied.registered.begin(), applied.registered.end(), [&](const Binding& other) {
      return other.contact() == binding.contact() && other.instance == binding.instance &&
             other.reg_id == binding.reg_id;
    });
  };
  std::vector<Binding> registered;
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    if (!stands_for_phone(drafts, i, of_draft)) continue;
    if (!drafts[i].stood_for_phone || told(drafts[i].binding)) {
      registered.push_back(drafts[i].binding);
    } else if (drafts[i].set_now) {
      applied.refreshed.push_back(drafts[i].binding);
    }
  }
  applied.registered = std::move(registered);
}

/// The one to give way in a full list; end() when all have to stay.
[[nodiscard]] std::vector<Draft>::iterator least_alive(std::vector<Draft>& drafts, const std::string& call_id) {
  auto least = drafts.end();
  const auto liveliness = [](const Draft& draft) {
    return std::make_tuple(draft.binding.heard != Binding::Heard::silence, draft.binding.registered_at);
  };
  for (auto draft = drafts.begin(); draft != drafts.end(); ++draft) {
    if (draft->set_now || draft->binding.call_id() == call_id || draft->binding.heard == Binding::Heard::answer)
      continue;
    if (least == drafts.end() || liveliness(*draft) < liveliness(*least)) least = draft;
  }
  return least;
}

}  // namespace

tl::expected<LocationTable::Applied, LocationTable::Refused> LocationTable::apply(const std::string& user,
                                                                                  const Update& update, TimePoint now) {
  Applied applied;
  std::vector<Draft> drafts;
  if (const auto found = users_.find(user); found != users_.end()) drafts = drafts_of(found->second);
  take_out(drafts, applied.expired, [&](const Draft& draft) { return draft.binding.expires() <= now; });

  const auto any_out_of_order = [&](auto of) {
    return std::any_of(drafts.begin(), drafts.end(),
                       [&](const Draft& draft) { return of(draft) && out_of_order(draft, update); });
  };
  const auto everything = [](const Draft&) { return true; };
  if (update.remove_all) {
    if (any_out_of_order(everything)) return tl::unexpected(Refused::out_of_order);
    take_out(drafts, applied.removed, everything, &applied.gone);
  }

  for (const Flow& flow : update.remove) {
    const auto meant = [&](const Draft& draft) { return same_binding(draft.binding, flow); };
    if (any_out_of_order(meant)) return tl::unexpected(Refused::out_of_order);
    take_out(drafts, applied.removed, meant, &applied.gone);
  }

  for (const Binding& wanted : update.set) {
    const auto same = std::find_if(drafts.begin(), drafts.end(),
                                   [&](const Draft& other) { return same_binding(other.binding, wanted); });
    const bool refreshed = same != drafts.end() && same->binding.call_id() == wanted.call_id();
    if (same != drafts.end()) {
      if (out_of_order(*same, update)) return tl::unexpected(Refused::out_of_order);
      const Binding::Heard heard = refreshed ? same->binding.heard : Binding::Heard::nothing;
      if (!same_name(same->binding, wanted)) applied.gone.push_back(flow_of(same->binding));
      *same = {wanted, same->stood_for_phone, true};
      same->binding.heard = heard;
    } else {
      drafts.push_back({wanted, false, true});
    }
    // A phone that came back under another address must not leave its old one behind.
    const auto replaced = [&](const Draft& other) {
      return !other.set_now && same_phone_before(other.binding, wanted);
    };
    if (any_out_of_order(replaced)) return tl::unexpected(Refused::out_of_order);
    take_out(drafts, applied.removed, replaced, &applied.gone);
    if (!refreshed) applied.registered.push_back(wanted);
  }

  while (drafts.size() > max_contacts_ && !update.set.empty()) {
    const auto least = least_alive(drafts, update.call_id);
    if (least == drafts.end()) return tl::unexpected(Refused::too_many);
    applied.gone.push_back(flow_of(least->binding));
    if (least->stood_for_phone) applied.dropped.push_back(std::move(least->binding));
    drafts.erase(least);
  }
  tell_phones(drafts, applied);

  if (drafts.empty()) {
    users_.erase(user);
    return applied;
  }
  std::vector<Binding>& bindings = users_[user];
  bindings.clear();
  bindings.reserve(drafts.size());
  for (Draft& draft : drafts) bindings.push_back(std::move(draft.binding));
  return applied;
}

std::optional<Applied> LocationTable::take_over(const std::string& user, const Binding& kept, TimePoint now) {
  if (kept.expires() <= now) return std::nullopt;
  for (const Binding* here : find(user, now)) {
    const bool is_replaced = same_binding(*here, kept) || same_phone_before(*here, kept);
    if (is_replaced && !is_older(*here, kept)) return std::nullopt;
  }
  Update update;
  update.call_id = kept.call_id();
  update.cseq = kept.cseq;
  update.set.push_back(kept);
  auto applied = apply(user, update, now);
  if (!applied) return std::nullopt;
  return std::move(*applied);
}

std::vector<const Binding*> LocationTable::find(const std::string& user, TimePoint now) const {
  std::vector<const Binding*> bindings;
  if (const auto found = users_.find(user); found != users_.end())
    for (const Binding& binding : found->second)
      if (binding.expires() > now) bindings.push_back(&binding);
  return bindings;
}

std::vector<const Binding*> LocationTable::find_phones(const std::string& user, TimePoint now) const {
  const auto bindings = find(user, now);
  std::vector<const Binding*> phones;
  phones.reserve(bindings.size());
  for (std::size_t i = 0; i < bindings.size(); ++i)
    if (stands_for_phone(bindings, i, of_pointer)) phones.push_back(bindings[i]);
  return phones;
}

std::vector<const Binding*> LocationTable::find_flows(const std::string& user, std::string_view contact) const {
  std::vector<const Binding*> flows;
  const auto found = users_.find(user);
  if (found == users_.end()) return flows;
  const auto& bindings = found->second;
  const auto named =
      std::find_if(bindings.begin(), bindings.end(), [&](const Binding& other) { return other.contact() == contact; });
  if (named == bindings.end()) return flows;
  flows.push_back(&*named);
  for (const Binding& binding : bindings)
    if (&binding != &*named && same_instance(binding, *named)) flows.push_back(&binding);
  std::stable_partition(flows.begin(), flows.end(),
                        [](const Binding* binding) { return binding->heard != Binding::Heard::silence; });
  return flows;
}

const Binding* LocationTable::find_flow(const std::string& user, const Flow& flow) const {
  const auto found = users_.find(user);
  if (found == users_.end()) return nullptr;
  const auto binding = std::find_if(found->second.begin(), found->second.end(), [&](const Binding& other) {
    return other.contact() == flow.contact && other.instance == flow.instance && other.reg_id == flow.reg_id;
  });
  return binding == found->second.end() ? nullptr : &*binding;
}

void LocationTable::note(const std::string& user, const Flow& flow, Binding::Heard heard) {
  // It is this table's own.
  if (auto* binding = const_cast<Binding*>(find_flow(user, flow)); binding != nullptr) binding->heard = heard;
}

void LocationTable::for_each(TimePoint now,
                             const std::function<void(const std::string& user, const Binding&)>& visit) const {
  for (const auto& [user, bindings] : users_)
    for (const Binding* binding : find_phones(user, now)) visit(user, *binding);
}

void LocationTable::for_each_flow(const std::function<void(const Binding&)>& visit) const {
  for (const auto& [user, bindings] : users_)
    for (const Binding& binding : bindings) visit(binding);
}

std::vector<registration::RegistrationPointer> LocationTable::exchange(
    const std::function<std::optional<registration::Registration>(const registration::Registration&)>& other) {
  std::vector<registration::RegistrationPointer> exchanged;
  for (auto& [user, bindings] : users_) {
    for (std::size_t i = 0; i < bindings.size(); ++i) {
      auto made = other(*bindings[i].phone);
      if (!made) continue;
      bindings[i].phone = std::move(*made);
      if (stands_for_phone(bindings, i, of_binding)) exchanged.push_back(bindings[i].phone);
    }
  }
  return exchanged;
}

std::vector<std::pair<std::string, LocationTable::Applied>> LocationTable::expire(TimePoint now) {
  std::vector<std::pair<std::string, Applied>> changes;
  const auto expired = [&](const Binding& binding) { return binding.expires() <= now; };
  for (auto user = users_.begin(); user != users_.end();) {
    auto& bindings = user->second;
    if (std::none_of(bindings.begin(), bindings.end(), expired)) {
      ++user;
      continue;
    }
    Applied applied;
    auto drafts = drafts_of(std::move(bindings));
    take_out(drafts, applied.expired, [&](const Draft& draft) { return expired(draft.binding); });
    tell_phones(drafts, applied);
    changes.emplace_back(user->first, std::move(applied));
    bindings.clear();
    for (Draft& draft : drafts) bindings.push_back(std::move(draft.binding));
    user = bindings.empty() ? users_.erase(user) : std::next(user);
  }
  return changes;
}

std::vector<LocationTable::UserBinding> LocationTable::remove_users(
    const std::function<bool(const std::string& user)>& keep) {
  std::vector<UserBinding> gone;
  for (auto user = users_.begin(); user != users_.end();) {
    if (keep(user->first)) {
      ++user;
      continue;
    }
    for (Draft& draft : drafts_of(std::move(user->second)))
      if (draft.stood_for_phone) gone.emplace_back(user->first, std::move(draft.binding));
    user = users_.erase(user);
  }
  return gone;
}

std::vector<Binding> LocationTable::remove_user(const std::string& user) {
  std::vector<Binding> gone;
  const auto found = users_.find(user);
  if (found == users_.end()) return gone;
  for (Draft& draft : drafts_of(std::move(found->second)))
    if (draft.stood_for_phone) gone.push_back(std::move(draft.binding));
  users_.erase(found);
  return gone;
}

}  // namespace snom::sip
