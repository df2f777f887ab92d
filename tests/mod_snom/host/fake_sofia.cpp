#include "mod_snom/host/fake_sofia.h"

#include <pthread.h>

#include <algorithm>
#include <set>
#include <utility>

namespace snom::freeswitch::testing {
namespace {

// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): a chat interface's function carries no pointer
FakeSofia* sofia = nullptr;
/// For both: a thread that the module started and gave up may come when there is nobody any more.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
std::mutex door;
/// Events of threads that are or were inside, until the module destroys them. mod_sofia lets those that the module gave
/// up leak; here that would hide real leaks from LeakSanitizer. Who takes one out destroys it.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
std::set<switch_event_t*> given;

std::string escaped(const std::string& text) {
  std::string xml;
  for (const char c : text) {
    if (c == '<') {
      xml += "&lt;";
    } else if (c == '>') {
      xml += "&gt;";
    } else if (c == '&') {
      xml += "&amp;";
    } else if (c == '"') {
      xml += "&quot;";
    } else {
      xml += c;
    }
  }
  return xml;
}

/// The module gave up what it started this thread for.
bool is_detached_thread() {
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return false;
  int state = PTHREAD_CREATE_JOINABLE;
  pthread_attr_getdetachstate(&attributes, &state);
  pthread_attr_destroy(&attributes);
  return state == PTHREAD_CREATE_DETACHED;
}

Event registration_event(const std::string& subclass, const FakeSofia::Phone& phone) {
  return {SWITCH_EVENT_CUSTOM,
          subclass,
          {{"profile-name", "internal"},
           {"from-user", phone.user},
           {"from-host", phone.domain},
           {"contact", phone.contact},
           {"call-id", phone.call_id},
           {"expires", "600"},
           {"network-ip", phone.address},
           {"network-port", "5060"},
           {"user-agent", phone.agent}},
          std::nullopt};
}

}  // namespace

FakeSofia::FakeSofia(Host& host) : host_(host) {
  sofia = this;
  host.sofia_chat = send;
  host.commands["sofia"] = [this](const std::string& arguments) { return xmlstatus(arguments); };
}

FakeSofia::~FakeSofia() {
  {
    const std::lock_guard nobody_enters(door);
    sofia = nullptr;
  }
  give_up();
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return inside_ == 0; });
  }
  std::unique_lock lock(door);
  auto left = std::exchange(given, {});
  lock.unlock();
  for (auto* event : left) switch_event_destroy(&event);
}

void FakeSofia::forget(switch_event_t* event) {
  const std::lock_guard lock(door);
  given.erase(event);
}

void FakeSofia::add(const Phone& phone, bool tell) {
  {
    const std::lock_guard lock(mutex_);
    phones_.push_back(phone);
  }
  if (tell) host_.fire(registration_event("sofia::register", phone));
}

void FakeSofia::remove(const Phone& phone) {
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(phones_, [&](const Phone& other) { return other.contact == phone.contact; });
  }
  host_.fire(registration_event("sofia::unregister", phone));
}

void FakeSofia::replace_by(const Phone& phone) {
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(phones_, [&](const Phone& other) { return other.user == phone.user; });
  }
  add(phone);
}

void FakeSofia::answer(const std::string& who, int status) {
  const std::lock_guard lock(mutex_);
  answers_[who.starts_with('<') ? who.substr(1, who.size() - 2) : who] = status;
}

void FakeSofia::give_up() {
  const std::lock_guard lock(mutex_);
  ++rounds_;
  changed_.notify_all();
}

std::vector<FakeSofia::Message> FakeSofia::messages() const {
  const std::lock_guard lock(mutex_);
  return messages_;
}

std::vector<FakeSofia::Message> FakeSofia::wait_messages(std::size_t count) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::seconds(10), [&] { return messages_.size() >= count; });
  return messages_;
}

int FakeSofia::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_;
}

bool FakeSofia::wait_waiting(int count) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return waiting_ == count; });
}

int FakeSofia::questions() const {
  const std::lock_guard lock(mutex_);
  return questions_;
}

bool FakeSofia::press(Host& host, const std::string& user, const std::string& target, const std::string& body,
                      const std::string& address) {
  Event message{SWITCH_EVENT_MESSAGE,
                {},
                {{"proto", "sip"},
                 {"sip_profile", "internal"},
                 {"from_user", user},
                 {"from_host", "example.test"},
                 {"from_sip_ip", address},
                 {"to_user", target},
                 {"to_host", "example.test"}},
                body};
  const auto interface = target.substr(0, target.find('+'));
  message.headers.emplace("to_proto", interface);
  return host.chat(interface, message);
}

switch_status_t FakeSofia::send(switch_event_t* message) {
  std::unique_lock entering(door);
  given.insert(message);
  int status = 0;
  if (sofia != nullptr) {
    auto& self = *sofia;
    std::unique_lock lock(self.mutex_);
    entering.unlock();
    ++self.inside_;
    status = self.deliver(message, lock);
    --self.inside_;
    self.changed_.notify_all();
    lock.unlock();
    entering.lock();
  }
  const bool given_up = is_detached_thread() && given.erase(message) > 0;
  entering.unlock();
  if (given_up) switch_event_destroy(&message);
  return status >= 200 && status < 300 ? SWITCH_STATUS_SUCCESS : SWITCH_STATUS_FALSE;
}

int FakeSofia::deliver(switch_event_t* message, std::unique_lock<std::mutex>& lock) {
  const auto header = [message](const char* name) {
    const char* value = switch_event_get_header(message, name);
    return std::string(value != nullptr ? value : "");
  };
  const auto from = header("from");
  messages_.push_back({header("to"), from, header("type"), switch_event_get_body(message)});
  changed_.notify_all();
  if (header("blocking") != "true") return 202;
  // "internal/sip:1000@127.0.0.1:5061;line=abc", with a path behind it or none.
  const auto to = header("to");
  const auto contact = to.substr(to.find('/') + 1);
  auto known = answers_.find(contact.substr(0, contact.find(";fs_path=")));
  if (known == answers_.end()) known = answers_.find(from.substr(0, from.find('@')));
  const int status = known != answers_.end() ? known->second : 200;
  if (status == 0) {
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this, round = rounds_] { return rounds_ != round; });
    --waiting_;
  }
  switch_event_add_header_string(message, SWITCH_STACK_BOTTOM, "Delivery-Result-Code", std::to_string(status).c_str());
  return status;
}

void FakeSofia::stall(const std::string& user) {
  const std::lock_guard lock(mutex_);
  stalled_user_ = user;
  changed_.notify_all();
}

bool FakeSofia::wait_stalled() {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return stalled_ > 0; });
}

bool FakeSofia::is_stalled() const {
  const std::lock_guard lock(mutex_);
  return stalled_ > 0;
}

std::string FakeSofia::xmlstatus(const std::string& arguments) {
  if (arguments == "xmlstatus") {
    return "<profiles>\n<profile>\n<name>internal</name>\n<type>profile</type>\n</profile>\n"
           "<alias>\n<name>example.test</name>\n<type>alias</type>\n<data>internal</data>\n</alias>\n</profiles>\n";
  }
  const std::string start = "xmlstatus profile internal";
  if (!arguments.starts_with(start)) return "Invalid Profile!";
  std::string user;
  if (const auto named = arguments.find(" user "); named != std::string::npos) {
    user = arguments.substr(named + 6);
    user.pop_back();  // the @
  }
  std::unique_lock lock(mutex_);
  if (!user.empty()) ++questions_;
  if (!user.empty() && user == stalled_user_) {
    ++stalled_;
    changed_.notify_all();
    changed_.wait_for(lock, std::chrono::seconds(10), [&] { return user != stalled_user_; });
    --stalled_;
  }
  std::string xml = "<profile>\n<registrations>\n";
  for (const auto& phone : phones_) {
    if (!user.empty() && phone.user != user) continue;
    xml += "    <registration>\n        <call-id>" + phone.call_id + "</call-id>\n        <user>" + phone.user + "@" +
           phone.domain + "</user>\n        <contact>" + escaped(phone.contact) + "</contact>\n        <agent>" +
           phone.agent +
           "</agent>\n        <status>Registered(UDP)(unknown) exp(2030-01-01 "
           "00:00:00) expsecs(500)</status>\n        <network-ip>" +
           phone.address + "</network-ip>\n        <network-port>5060</network-port>\n    </registration>\n";
  }
  return xml + "</registrations>\n</profile>\n";
}

}  // namespace snom::freeswitch::testing
