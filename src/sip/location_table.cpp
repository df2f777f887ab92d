#include "sip/location_table.h"

#include <algorithm>
#include <utility>

#include "sip/sip_uri.h"

namespace snom::sip {
namespace {

/// A binding while a REGISTER is worked off.
struct Draft {
  Binding binding;
  bool set_now = false;  ///< by this REGISTER: its own CSeq is no reason to refuse a second mention
};

[[nodiscard]] bool same_contact(const std::string& a, const std::string& b) {
  if (a == b) return true;
  const auto first = parse_sip_uri(a);
  const auto second = parse_sip_uri(b);
  return first && second && same_uri(*first, *second);
}

[[nodiscard]] bool same_phone(const Binding& a, const Binding& b) {
  return !a.instance.empty() && a.instance == b.instance && a.reg_id == b.reg_id;
}

[[nodiscard]] bool out_of_order(const Draft& draft, const LocationTable::Update& update) {
  return !draft.set_now && draft.binding.call_id == update.call_id && draft.binding.cseq >= update.cseq;
}

}  // namespace

tl::expected<LocationTable::Applied, LocationTable::Refused> LocationTable::apply(const std::string& user,
                                                                                  const Update& update, TimePoint now) {
  Applied applied;
  std::vector<Draft> drafts;
  if (const auto found = users_.find(user); found != users_.end())
    for (const Binding& binding : found->second) {
      if (binding.expires <= now)
        applied.expired.push_back(binding);
      else
        drafts.push_back({binding, false});
    }

  if (update.remove_all) {
    for (const Draft& draft : drafts)
      if (out_of_order(draft, update)) return tl::unexpected(Refused::out_of_order);
    for (Draft& draft : drafts) applied.removed.push_back(std::move(draft.binding));
    drafts.clear();
  }

  for (const std::string& contact : update.remove) {
    const auto draft = std::find_if(drafts.begin(), drafts.end(),
                                    [&](const Draft& other) { return same_contact(other.binding.contact, contact); });
    if (draft == drafts.end()) continue;
    if (out_of_order(*draft, update)) return tl::unexpected(Refused::out_of_order);
    applied.removed.push_back(std::move(draft->binding));
    drafts.erase(draft);
  }

  for (const Binding& wanted : update.set) {
    const auto same = std::find_if(drafts.begin(), drafts.end(), [&](const Draft& other) {
      return same_contact(other.binding.contact, wanted.contact);
    });
    const bool refreshed = same != drafts.end() && same->binding.call_id == wanted.call_id;
    if (same != drafts.end()) {
      if (out_of_order(*same, update)) return tl::unexpected(Refused::out_of_order);
      *same = {wanted, true};
    } else {
      drafts.push_back({wanted, true});
    }
    // A phone that came back under another address must not leave its old one behind.
    for (auto other = drafts.begin(); other != drafts.end();) {
      if (other->set_now || !same_phone(other->binding, wanted)) {
        ++other;
        continue;
      }
      if (out_of_order(*other, update)) return tl::unexpected(Refused::out_of_order);
      applied.removed.push_back(std::move(other->binding));
      other = drafts.erase(other);
    }
    if (!refreshed) applied.registered.push_back(wanted);
  }
  if (drafts.size() > max_contacts_ && !update.set.empty()) return tl::unexpected(Refused::too_many);

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

std::vector<const Binding*> LocationTable::find(const std::string& user, TimePoint now) const {
  std::vector<const Binding*> bindings;
  if (const auto found = users_.find(user); found != users_.end())
    for (const Binding& binding : found->second)
      if (binding.expires > now) bindings.push_back(&binding);
  return bindings;
}

const Binding* LocationTable::find_contact(const std::string& user, std::string_view contact) const {
  const auto found = users_.find(user);
  if (found == users_.end()) return nullptr;
  const auto binding = std::find_if(found->second.begin(), found->second.end(),
                                    [&](const Binding& other) { return other.contact == contact; });
  return binding == found->second.end() ? nullptr : &*binding;
}

void LocationTable::for_each(TimePoint now,
                             const std::function<void(const std::string& user, const Binding&)>& visit) const {
  for (const auto& [user, bindings] : users_)
    for (const Binding& binding : bindings)
      if (binding.expires > now) visit(user, binding);
}

std::vector<LocationTable::UserBinding> LocationTable::expire(TimePoint now) {
  std::vector<UserBinding> gone;
  for (auto user = users_.begin(); user != users_.end();) {
    auto& bindings = user->second;
    const auto kept = std::stable_partition(bindings.begin(), bindings.end(),
                                            [&](const Binding& binding) { return binding.expires > now; });
    for (auto binding = kept; binding != bindings.end(); ++binding) gone.emplace_back(user->first, std::move(*binding));
    bindings.erase(kept, bindings.end());
    user = bindings.empty() ? users_.erase(user) : std::next(user);
  }
  return gone;
}

std::vector<LocationTable::UserBinding> LocationTable::remove_users(
    const std::function<bool(const std::string& user)>& keep) {
  std::vector<UserBinding> gone;
  for (auto user = users_.begin(); user != users_.end();) {
    if (keep(user->first)) {
      ++user;
      continue;
    }
    for (Binding& binding : user->second) gone.emplace_back(user->first, std::move(binding));
    user = users_.erase(user);
  }
  return gone;
}

}  // namespace snom::sip
