#include "snomd/metrics.h"

#include <algorithm>
#include <functional>
#include <variant>

#include <fmt/format.h>

#include "control/commands/command_table.h"
#include "language/model_table.h"
#include "language/phone_model.h"
#include "runtime/overloaded.h"

namespace snom::snomd {
namespace {

constexpr std::string_view other = "other";
constexpr std::array<std::string_view, 5> way_names = {"buttons", "notify", "text", "http", "subscription"};
constexpr std::array<std::string_view, 4> ending_names = {"accepted", "refused", "silent", "unconfirmed"};
/// Reasons are our own words; should they ever hold more, the rest is one.
constexpr std::size_t most_reasons = 64;

/// Stands for a contact: two that are the same by chance are counted as one.
std::size_t contact_of(const registration::Registration& registration) {
  return std::hash<std::string>{}(registration.address_of_record() + "\n" + registration.contact);
}

std::string_view command_in(std::string_view line) {
  const auto* entry = control::find_command(line.substr(0, line.find(' ')));
  return entry == nullptr ? other : entry->name;
}

std::string_view known_method(std::string_view method) {
  for (const std::string_view known : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}) {
    if (method == known) return known;
  }
  return other;
}

}  // namespace

std::string_view family_of(std::string_view user_agent) {
  const auto model = language::parse_user_agent(user_agent);
  if (!model) return other;
  const auto family = language::traits_of(*model).family;
  return family.empty() || family == "?" ? other : family;
}

void Metrics::note_registered(const registration::Registration& registration) {
  const auto family = family_of(registration.user_agent);
  ++registrations_[family];
  family_of_contact_.insert_or_assign(contact_of(registration), family);
}

void Metrics::publish(const control::Event& event) {
  std::visit(runtime::Overloaded{
                 [this](const control::Registered& e) { note_registered(e.registration); },
                 [this](const control::Unregistered& e) { family_of_contact_.erase(contact_of(e.registration)); },
                 [this](const control::Pressed& e) { ++presses_[e.accepted ? 1 : 0]; },
                 [this](const control::CommandDone& e) {
                   ++commands_[{std::string(command_in(e.command)), e.reply.starts_with("+OK")}];
                 },
                 [](const auto&) {}},
             event);
}

void Metrics::refused(const sip::RefusedRequest& request) {
  std::pair<std::string, std::string> what{request.method, request.why};
  if (refused_.size() >= most_reasons && !refused_.contains(what)) what.second = other;
  ++refused_[std::move(what)];
}

void Metrics::delivered(Way way, Ending ending, std::chrono::duration<double> took) {
  const auto at = static_cast<std::size_t>(way);
  ++deliveries_[at][static_cast<std::size_t>(ending)];
  // How long nobody answered is how long was waited: that says nothing of phones.
  if (ending == Ending::accepted || ending == Ending::refused) delivery_seconds_[at].observe(took.count());
}

void Metrics::stored(Storing outcome, std::chrono::duration<double> took) {
  --stores_waiting_;
  ++stores_[static_cast<std::size_t>(outcome)];
  store_seconds_.observe(took.count());
}

void Metrics::answered(std::string_view method, std::string_view pattern, int status) {
  const Request request{known_method(method), pattern.empty() ? other : pattern, status / 100};
  const std::lock_guard lock(mutex_);
  ++requests_[request];
}

std::string Metrics::text(const Now& now) const {
  MetricsText text;
  text.family("snomd_build_info", "gauge", "The version that runs; always 1.");
  text.sample({{"version", SNOM_VERSION}}, 1);
  write_phones(text);
  write_deliveries(text);
  text.family("snomd_restores_total", "counter", "Contacts that got all their keys after they registered anew.");
  text.sample({}, static_cast<double>(now.restores));
  text.family("snomd_restores_waiting", "gauge", "Contacts that wait for their turn to get all their keys.");
  text.sample({}, static_cast<double>(now.restores_waiting));
  text.family("snomd_store_waiting", "gauge", "Changes of keys that are handed to the store and not kept yet.");
  text.sample({}, static_cast<double>(stores_waiting_));
  text.family("snomd_store_changes_total", "counter", "Changes of keys that the store was handed, by outcome.");
  for (const auto& [name, outcome] :
       {std::pair("kept", Storing::kept), {"failed", Storing::failed}, {"overtaken", Storing::overtaken}}) {
    text.sample({{"outcome", name}}, static_cast<double>(stores_[static_cast<std::size_t>(outcome)]));
  }
  text.family("snomd_store_seconds", "histogram", "How long it took until a change of keys was kept.");
  text.histogram({}, store_seconds_);
  if (now.node) {
    text.family("snomd_node_lease", "gauge", "Whether this node may speak to its phones.");
    text.sample({}, now.node->lease ? 1 : 0);
    text.family("snomd_node_phones", "gauge", "Addresses of record whose phones this node speaks to.");
    text.sample({}, static_cast<double>(now.node->phones));
    text.family("snomd_nodes", "gauge", "Nodes with this store that live, this one among them.");
    text.sample({}, static_cast<double>(now.node->nodes));
  }
  write_requests(text);
  if (now.tls != nullptr) write_tls(text, *now.tls);
  return text.text();
}

void Metrics::write_phones(MetricsText& text) const {
  std::map<std::string_view, std::uint64_t> now;
  for (const auto& [family, count] : registrations_) now[family] = 0;
  for (const auto& [contact, family] : family_of_contact_) ++now[family];
  text.family("snomd_registered_contacts", "gauge", "Contacts of phones that are registered, by family of models.");
  for (const auto& [family, count] : now) text.sample({{"family", family}}, static_cast<double>(count));
  text.family("snomd_registrations_total", "counter",
              "Contacts that registered anew or came back after a reboot, by family of models.");
  for (const auto& [family, count] : registrations_) text.sample({{"family", family}}, static_cast<double>(count));
  text.family("snomd_sip_requests_refused_total", "counter", "SIP requests that were refused, by method and reason.");
  for (const auto& [what, count] : refused_) {
    text.sample({{"method", what.first}, {"reason", what.second}}, static_cast<double>(count));
  }
  text.family("snomd_presses_total", "counter", "Presses of keys that phones sent, by outcome.");
  text.sample({{"outcome", "accepted"}}, static_cast<double>(presses_[1]));
  text.sample({{"outcome", "refused"}}, static_cast<double>(presses_[0]));
}

void Metrics::write_deliveries(MetricsText& text) const {
  text.family("snomd_deliveries_total", "counter", "What was sent to phones, by channel and what became of it.");
  for (std::size_t way = 0; way < ways; ++way) {
    for (std::size_t ending = 0; ending < endings; ++ending) {
      text.sample({{"channel", way_names[way]}, {"outcome", ending_names[ending]}},
                  static_cast<double>(deliveries_[way][ending]));
    }
  }
  text.family("snomd_delivery_seconds", "histogram", "From the sending to the phone's answer, by channel.");
  for (std::size_t way = 0; way < ways; ++way) {
    text.histogram({{"channel", way_names[way]}}, delivery_seconds_[way]);
  }
}

void Metrics::write_requests(MetricsText& text) const {
  text.family("snomd_commands_total", "counter", "Commands that ended, by name and outcome.");
  for (const auto& [what, count] : commands_) {
    text.sample({{"command", what.first}, {"outcome", what.second ? "ok" : "error"}}, static_cast<double>(count));
  }
  text.family("snomd_http_requests_total", "counter",
              "HTTP requests that were answered, by route and class of status.");
  const std::lock_guard lock(mutex_);
  for (const auto& [request, count] : requests_) {
    const auto& [method, pattern, hundreds] = request;
    text.sample({{"method", method}, {"route", pattern}, {"status", fmt::format("{}xx", hundreds)}},
                static_cast<double>(count));
  }
}

void Metrics::write_tls(MetricsText& text, const tls::Store& store) {
  const tls::Tallies& tallies = store.tallies();
  struct Kind {
    std::string_view protocol;
    std::string_view direction;
    const tls::Tally& tally;
  };
  const std::array kinds = {Kind{"sip", "in", tallies.sip_in}, Kind{"sip", "out", tallies.sip_out},
                            Kind{"http", "in", tallies.http_in}};
  text.family("snomd_tls_handshakes_total", "counter", "Handshakes of TLS that were done, by protocol and direction.");
  for (const auto& [protocol, direction, tally] : kinds) {
    text.sample({{"protocol", protocol}, {"direction", direction}}, static_cast<double>(tally.handshakes()));
  }
  text.family("snomd_tls_refused_total", "counter", "Connections that did not come to speak TLS, by reason.");
  for (const auto& [protocol, direction, tally] : kinds) {
    for (std::size_t i = 0; i < tls::Tally::reasons; ++i) {
      const auto why = static_cast<tls::NoTls>(i);
      text.sample({{"protocol", protocol}, {"direction", direction}, {"reason", tls::to_string(why)}},
                  static_cast<double>(tally.refused_for(why)));
    }
  }
  text.family("snomd_tls_connections", "gauge", "Connections over TLS that are open, by protocol and direction.");
  for (const auto& [protocol, direction, tally] : kinds) {
    text.sample({{"protocol", protocol}, {"direction", direction}}, static_cast<double>(tally.open()));
  }
  const auto shown = store.shown();
  if (!shown) return;
  const std::chrono::duration<double> left = shown->not_after - std::chrono::system_clock::now();
  text.family("snomd_tls_certificate_left_seconds", "gauge", "Until the certificate ends; below 0 it has expired.");
  text.sample({}, left.count());
}

}  // namespace snom::snomd
