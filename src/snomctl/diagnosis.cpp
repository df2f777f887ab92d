#include "snomctl/diagnosis.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "language/text.h"
#include "snomctl/answer_json.h"

namespace snom::snomctl {
namespace {

using nlohmann::json;
using How = Finding::How;

bool is_loopback(std::string_view address) { return address.starts_with("127.") || address.starts_with("[::1]"); }

struct Advice {
  std::string_view why;
  std::string_view advice;
};

/// By the beginning of the reason that snomd gives.
constexpr std::array refusals = {
    Advice{"wrong password", "the password on the phone's page (Identity) is another than that of its [[user]]"},
    Advice{"no such user",
           "no [[user]] has that name: write one in snomd.toml and reload, or correct the account on the "
           "phone's page (Identity)"},
    Advice{"no such domain", "the phone's registrar is neither a profile's domain nor an address that is listened on"},
    Advice{"credentials",
           "the phone answers for another user, realm or request: its authentication name has to be its "
           "account, and no proxy may change the request"},
    Advice{"not from a trusted proxy", "the proxy's address is not in trusted of that profile"},
    Advice{"nobody registers here",
           "the phones of that profile are not registered with snomd: point them at the PBX or "
           "proxy"},
    Advice{"403 Too Many Contacts", "more phones than [registrar] max_contacts registered as that user"},
};

std::string_view advice_for(std::string_view why) {
  const auto* const found =
      std::find_if(refusals.begin(), refusals.end(), [why](const Advice& one) { return why.starts_with(one.why); });
  return found == refusals.end() ? "docs/snomd.md says what is behind each reason (Refused requests)" : found->advice;
}

/// "1000@h, 1001@h" of the phones in that state, a few at most.
std::string names(const json& page, std::string_view state) {
  constexpr std::size_t most = 3;
  std::vector<std::string> found;
  for (const auto& phone : list_of(page, "phones")) {
    if (text_of(phone, "state") == state && found.size() < most) found.push_back(text_of(phone, "address_of_record"));
  }
  return fmt::format("{}", fmt::join(found, ", "));
}

struct State {
  const char* name;
  How how;
  std::string_view what;
  std::string_view advice;
};

constexpr std::array states = {
    State{"silent", How::wrong, "do not answer when their keys are sent",
          "is the phone on, and does it reach snomd and snomd it? NAT and firewalls let a REGISTER out and nothing in; "
          "an "
          "old phone that sends no answer is in docs/models.md"},
    State{"refused", How::wrong, "refused keys",
          "'snomctl buttons PHONE' says with what. 489 or 415: the phone takes no x-buttons (docs/phones.md); 403: it "
          "takes "
          "keys only from its own registrar"},
    State{"pending", How::look, "have not confirmed all their keys yet", "look again in a minute"},
    State{"away", How::look, "have keys and are not registered", "they get them when they register"},
};

}  // namespace

Finding diagnose_failure(long status, const std::string& error) {
  if (status == 401 || status == 403) {
    return {
        How::wrong, error,
        "snomd is there, and wants a token that may ask it this. On its own machine root and the group snomd have one "
        "without naming it ('sudo snomctl doctor'); elsewhere --token-file names it, 'snomctl token list' on its "
        "machine "
        "says which there are"};
  }
  if (status != 0 || error.find("is not snomd") != std::string::npos) {
    return {How::wrong, error,
            "something answers there, and not as snomd does: does --server, SNOM_SERVER or [http] listen name another "
            "program, or a path behind the port?"};
  }
  return {How::wrong, error,
          "'systemctl status snomd' says whether it runs, 'journalctl -u snomd -n 20' why not, 'snomd --check-config "
          "--config /etc/snomd/snomd.toml' whether its configuration is right"};
}

Finding diagnose_listeners(const json& status) {
  std::vector<std::string> phones;
  bool reached = false;
  for (const auto& one : list_of(status, "listening")) {
    const auto address = text_of(one, "address");
    // HTTP and settings are for no profile: phones register at neither.
    if (address.empty() || text_of(one, "profile").empty()) continue;
    phones.push_back(text_of(one, "transport") + ":" + address);
    reached = reached || !is_loopback(address);
  }
  const auto where = fmt::format("{}", fmt::join(phones, ", "));
  if (phones.empty()) {
    return {How::look, "snomd listens for no phone itself", "right if they are all registered with an Asterisk"};
  }
  if (!reached) {
    return {How::look, "snomd listens for phones on this machine only: " + where,
            "for phones on a network name this machine's address in listen and domain of snomd.toml, then 'systemctl "
            "restart snomd'"};
  }
  return {How::right, "snomd listens for phones at " + where, ""};
}

Finding diagnose_registrations(const json& status) {
  const auto registered = number_of(status, "registered");
  if (registered > 0) return {How::right, fmt::format("phones registered: {}", registered), ""};
  return {How::wrong, "no phone is registered",
          "on the phone's page, Identity 1: account and password of a [[user]], registrar: the profile's domain. Does "
          "nothing of it come here (no refusal below, none in 'journalctl -u snomd')? Then a firewall or a wrong "
          "address is "
          "between them: 'tcpdump -n port 5060' shows whether a REGISTER arrives"};
}

std::vector<Finding> diagnose_certificate(const json& status) {
  const auto certificate = status.is_object() ? status.find("certificate") : status.end();
  if (certificate == status.end() || !certificate->is_object()) return {};
  constexpr std::int64_t soon = 14;
  const auto left = number_of(*certificate, "days_left");
  std::vector<std::string> names;
  for (const auto& name : list_of(*certificate, "names")) {
    if (name.is_string()) names.push_back(name.get<std::string>());
  }
  const std::string whose = names.empty() ? "nobody" : fmt::format("{}", fmt::join(names, ", "));
  const std::string advice =
      "a new one in the files that [tls] of snomd.toml names, then 'systemctl reload snomd'; phones that are connected "
      "stay so";
  if (left < 0) return {{How::wrong, "snomd's certificate has expired (it is for " + whose + ")", advice}};
  const auto until =
      fmt::format("snomd's certificate is for {}, and good for {} day{} more", whose, left, left == 1 ? "" : "s");
  if (left < soon) return {{How::look, until, advice}};
  return {{How::right, until, ""}};
}

Finding diagnose_store(const json& status) {
  const auto path = text_of(status, "store");
  if (path.empty()) {
    return {How::look, "keys are kept in memory only: a restart of snomd forgets them", "[store] path in snomd.toml"};
  }
  if (const auto away = text_of(status, "store_away"); !away.empty()) {
    return {How::wrong, "no key can be changed: " + away,
            "is that server there, and reached from here? snomd goes on by itself once it is (docs/store.md)"};
  }
  return {How::right, "keys are kept in " + path, ""};
}

std::vector<Finding> diagnose_refusals(const json& status) {
  struct Reason {
    std::string why;
    std::string latest;
    std::size_t count = 0;
  };
  std::vector<Reason> reasons;
  for (const auto& one : list_of(status, "refused")) {
    const auto why = text_of(one, "why");
    const auto known =
        std::find_if(reasons.begin(), reasons.end(), [&why](const Reason& reason) { return reason.why == why; });
    if (known != reasons.end()) {
      ++known->count;
      continue;
    }
    reasons.push_back({why,
                       fmt::format("{} from {} at {}, user '{}'", text_of(one, "method"), text_of(one, "from"),
                                   text_of(one, "time"), text_of(one, "user")),
                       1});
  }
  std::vector<Finding> findings;
  for (const auto& reason : reasons) {
    findings.push_back({How::wrong,
                        fmt::format("refused lately, {}: {} times; last {}", reason.why, reason.count, reason.latest),
                        std::string(advice_for(reason.why))});
  }
  if (findings.empty()) findings.push_back({How::right, "no request was refused since snomd started", ""});
  return findings;
}

std::vector<Finding> diagnose_phones(const json& page) {
  std::vector<Finding> findings;
  if (!page.contains("states") || !page["states"].is_object()) return findings;
  for (const auto& state : states) {
    const auto count = number_of(page["states"], state.name);
    if (count <= 0) continue;
    findings.push_back({state.how, fmt::format("phones that {}: {} ({})", state.what, count, names(page, state.name)),
                        std::string(state.advice)});
  }
  if (findings.empty() && number_of(page["states"], "ok") > 0) {
    findings.push_back({How::right, "all phones have confirmed their keys", ""});
  }
  return findings;
}

std::string show(const Finding& finding) {
  const std::string_view mark = finding.how == How::right ? "ok   " : finding.how == How::look ? "look " : "WRONG";
  auto text = fmt::format("{} {}\n", mark, language::printable(finding.what));
  if (!finding.advice.empty()) text += fmt::format("      -> {}\n", language::printable(finding.advice));
  return text;
}

}  // namespace snom::snomctl
