#include "sip/key_document.h"

#include <algorithm>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include "language/dialog_info.h"
#include "language/pidf.h"
#include "language/resource_list.h"
#include "language/xml_text.h"
#include "sip/nta_glue.h"

namespace snom::sip {
namespace {

constexpr auto longest_version = std::numeric_limits<std::uint32_t>::max();
constexpr std::string_view longest_part = "list";

/// The document of one key.
[[nodiscard]] std::string state_of(const Subscription& to, const control::KeyLight& light, std::uint32_t version) {
  const std::string entity = control::key_uri({to.key.user, light.key}, to.domain);
  if (to.package == EventPackage::presence) return language::write_pidf(entity, light.light);
  auto info = language::dialog_of_light(light.light, light.caller);
  info.entity = entity;
  info.version = version;
  if (to.shows_all) {
    info.light = light.light;
    info.label = light.label;
  }
  return language::write_dialog_info(info);
}

/// Who has the member's document (RFC 2392): nobody else's, whatever the notifier or the dialog is.
[[nodiscard]] std::string content_id(const Subscription& to, std::string_view part, std::uint32_t version) {
  return fmt::format("{}.{}.{}@{}", part, version, to.local_tag, bracketed(to.domain));
}

/// No line of XML begins like it.
[[nodiscard]] std::string boundary_of(const Subscription& to, std::uint32_t version) {
  return fmt::format("snom-{}-{}", to.local_tag, version);
}

/// The list and the documents of those that have news, and the Content-Type of all.
[[nodiscard]] KeyDocument list_of(const Subscription& to, const Subscriptions::Notify& notify) {
  language::ResourceList list{control::key_list_uri(to.key.user, to.domain), notify.version, notify.is_full, {}};
  std::vector<language::BodyPart> parts(1);
  for (const control::KeyLight& light : notify.members) {
    const std::string id = content_id(to, std::to_string(parts.size()), notify.version);
    list.resources.push_back({control::key_uri({to.key.user, light.key}, to.domain), id});
    parts.push_back({id, std::string(content_type(to.package)), state_of(to, light, notify.version)});
  }
  for (const std::string& key : notify.others)
    list.resources.push_back({control::key_uri({to.key.user, key}, to.domain)});
  parts.front() = {content_id(to, "list", notify.version), std::string(language::rlmi_content_type),
                   language::write_resource_list(list)};
  const std::string boundary = boundary_of(to, notify.version);
  return {language::related_type(boundary, parts.front()), language::write_related(boundary, parts),
          std::string(language::eventlist_option)};
}

}  // namespace

std::string address_of(const Subscription& subscription) {
  return subscription.is_list() ? control::write_key_list_address(subscription.key.user)
                                : control::write_key_address(subscription.key);
}

KeyDocument write_document(const Subscription& to, const Subscriptions::Notify& notify) {
  if (to.is_list()) return list_of(to, notify);
  return {std::string(content_type(to.package)), state_of(to, notify.light, notify.version)};
}

std::size_t bytes_without_members(const Subscription& to) {
  constexpr std::size_t names_of_headers = 2048;
  std::size_t bytes = names_of_headers + write_document(to, {longest_version, {}, {}}).body.size();
  // What the headers have of the dialog; some of it more than once.
  for (const std::string* text :
       {&to.contact, &to.local_uri, &to.remote_uri, &to.remote_tag, &to.call_id, &to.event_id})
    bytes += text->size();
  for (const std::string& route : to.routes) bytes += route.size() + std::string_view("Route: \r\n").size();
  const auto id = content_id(to, longest_part, longest_version);
  return bytes + control::key_list_uri(to.key.user, to.domain).size() + 4 * id.size();
}

std::size_t bytes_of_state(const Subscription& to, const control::KeyLight& light) {
  constexpr std::size_t around = 256;  // what stands in a part, and in the list, whatever the member is
  return bytes_of_name(to, light.key) + state_of(to, light, longest_version).size() + around +
         2 * content_id(to, longest_part, longest_version).size() + boundary_of(to, longest_version).size();
}

std::size_t bytes_of_name(const Subscription& to, std::string_view key) {
  constexpr std::size_t around = 32;
  return around + language::xml_text(control::key_uri({to.key.user, std::string(key)}, to.domain)).size();
}

}  // namespace snom::sip
