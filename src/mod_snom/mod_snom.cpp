#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <switch.h>

#include "control/commands/command_table.h"
#include "language/button.h"
#include "language/command_line.h"
#include "language/percent.h"
#include "mod_snom/core.h"
#include "mod_snom/module.h"
#include "mod_snom/outgoing_events.h"
#include "runtime/guard.h"

/// The module as FreeSWITCH sees it: C functions with a catch-all each.

SWITCH_BEGIN_EXTERN_C
SWITCH_MODULE_LOAD_FUNCTION(mod_snom_load);
SWITCH_MODULE_SHUTDOWN_FUNCTION(mod_snom_shutdown);
SWITCH_MODULE_DEFINITION(mod_snom, mod_snom_load, mod_snom_shutdown, nullptr);
SWITCH_END_EXTERN_C

namespace {

using namespace snom;
using control::command_table;
using freeswitch::Level;
using freeswitch::Module;

/// Who is inside. A forced unload does not wait for calls under way: closing this does.
class Gate {
 public:
  bool enter() {
    const std::lock_guard lock(mutex_);
    if (!open_) return false;
    ++inside_;
    return true;
  }
  void leave() {
    const std::lock_guard lock(mutex_);
    if (--inside_ == 0) empty_.notify_all();
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
  }
  void close() {
    const std::lock_guard lock(mutex_);
    open_ = false;
  }
  void wait_until_empty() {
    std::unique_lock lock(mutex_);
    empty_.wait(lock, [this] { return inside_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable empty_;
  int inside_ = 0;
  bool open_ = false;
};

// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): FreeSWITCH's callbacks carry no pointer of ours.
Gate gate;
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
std::unique_ptr<Module> the_module;
/// The core's count of events when this was loaded.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
std::uint64_t loaded_at = 0;

enum class Entry { done, failed, closed };

/// Calls `work(the_module)` if the module is loaded; no exception leaves.
template <typename Work>
Entry inside(Work work) noexcept {
  auto entry = Entry::closed;
  const bool whole = runtime::guarded("a call from FreeSWITCH", [&] {
    if (!gate.enter()) return;
    struct Leaving {
      ~Leaving() { gate.leave(); }
    } leaving;
    work(*the_module);
    entry = Entry::done;
  });
  return whole ? entry : Entry::failed;
}

/// An API command: what `work(the_module)` returns is written, or why it could not be run.
template <typename Work>
switch_status_t answer(switch_stream_handle_t* stream, Work work) noexcept {
  const auto entry = inside([&](Module& h) {
    const std::string text = work(h);
    stream->write_function(stream, "%s", text.c_str());
  });
  if (entry == Entry::closed) stream->write_function(stream, "-ERR mod_snom is being unloaded\n");
  if (entry == Entry::failed) stream->write_function(stream, "-ERR the command failed inside mod_snom: see the log\n");
  return SWITCH_STATUS_SUCCESS;
}

/// FreeSWITCH's functions carry no pointer of ours: there is one for each command of the table.
template <std::size_t index>
switch_status_t run_api(const char* arguments, switch_core_session_t*, switch_stream_handle_t* stream) {
  return answer(stream, [&](Module& h) {
    return h.command(std::string(command_table[index].name) + " " + (arguments != nullptr ? arguments : "")) + "\n";
  });
}

constexpr auto run_apis = []<std::size_t... index>(std::index_sequence<index...>) {
  return std::array<switch_api_function_t, sizeof...(index)>{run_api<index>...};
}
(std::make_index_sequence<std::tuple_size_v<decltype(command_table)>>{});

switch_status_t status_api(const char*, switch_core_session_t*, switch_stream_handle_t* stream) {
  return answer(stream, [](Module& h) { return h.status(); });
}

Module::Message message_of(switch_event_t* event) {
  using freeswitch::header;
  Module::Message message;
  message.profile = header(event, "sip_profile");
  message.from_user = header(event, "from_user");
  message.from_host = header(event, "from_host");
  message.from_address = header(event, "from_sip_ip");
  message.target = language::percent_decode(header(event, "to_user"));
  message.target_host = header(event, "to_host");
  const char* body = switch_event_get_body(event);
  message.body = body != nullptr ? body : "";
  return message;
}

/// mod_sofia says "sip" of its own messages, and only those carry the address that they came from.
bool is_from_a_phone(switch_event_t* event) {
  return freeswitch::header(event, "proto") == "sip" && !freeswitch::header(event, "from_sip_ip").empty();
}

/// Chat interface `snom`: MESSAGEs to `snom+<reference>`.
switch_status_t snom_chat(switch_event_t* event) {
  inside([&](Module& h) {
    if (is_from_a_phone(event)) h.press(message_of(event));
  });
  return SWITCH_STATUS_SUCCESS;
}

/// Sees every chat message on its way, because its name begins with GLOBAL_. SUCCESS lets it pass; with the header
/// final_delivery it ends here.
switch_status_t watching_chat(switch_event_t* event) {
  inside([&](Module& h) {
    if (!is_from_a_phone(event) || freeswitch::header(event, "to_proto") == "snom") return;
    if (!h.passes(message_of(event))) {
      switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "final_delivery", "true");
    }
  });
  return SWITCH_STATUS_SUCCESS;
}

/// The dialplan's application `snom_press`: the call is one to a key's address (or to the one that its data names). It
/// ends without a sound: 487 is what a caller hears who gave up by himself.
void snom_press(switch_core_session_t* session, const char* data) {
  auto* const channel = switch_core_session_get_channel(session);
  const auto variable = [channel](const char* name) {
    const char* value = switch_channel_get_variable(channel, name);
    return std::string(value != nullptr ? value : "");
  };
  auto cause = SWITCH_CAUSE_DESTINATION_OUT_OF_ORDER;  // the module is being unloaded
  inside([&](Module& h) {
    Module::KeyCall call;
    call.profile = variable("sofia_profile_name");
    call.from_user = variable("sip_from_user");
    call.from_host = variable("sip_from_host");
    call.from_address = variable("sip_network_ip");
    call.authenticated_as = variable("sip_auth_username");
    call.target = data != nullptr && *data != '\0' ? data : variable("destination_number");
    call.target = language::percent_decode(call.target);
    const auto outcome = h.press_by_call(call);
    switch (outcome.outcome) {
      case Module::Called::pressed:
        cause = SWITCH_CAUSE_ORIGINATOR_CANCEL;
        return;
      case Module::Called::not_bound:
        cause = SWITCH_CAUSE_UNALLOCATED_NUMBER;
        return;
      case Module::Called::refused:
        cause = SWITCH_CAUSE_OUTGOING_CALL_BARRED;
        return;
      case Module::Called::redirected:
        cause = SWITCH_CAUSE_NONE;
        switch_core_session_execute_application(session, "redirect", outcome.number.c_str());
        return;
    }
  });
  if (cause != SWITCH_CAUSE_NONE) switch_channel_hangup(channel, cause);
}

registration::Registration registration_of(switch_event_t* event) {
  using freeswitch::header;
  registration::Registration registration;
  registration.profile = header(event, "profile-name");
  registration.user = header(event, "from-user");
  registration.domain = header(event, "from-host");
  if (registration.user.empty()) registration.user = header(event, "user");  // sofia::expire's names
  if (registration.domain.empty()) registration.domain = header(event, "host");
  registration.network_host = header(event, "network-ip");
  registration.network_port = static_cast<std::uint16_t>(std::atoi(header(event, "network-port").c_str()));
  registration.user_agent = header(event, "user-agent");
  registration.call_id = header(event, "call-id");
  registration.expires =
      std::chrono::steady_clock::now() + std::chrono::seconds(std::atoi(header(event, "expires").c_str()));
  freeswitch::read_contact(header(event, "contact"), registration);
  return registration;
}

void on_registered(switch_event_t* event) {
  inside([&](Module& h) { h.registered(registration_of(event), freeswitch::header(event, "presence-hosts")); });
}

void on_unregistered(switch_event_t* event) {
  inside([&](Module& h) { h.unregistered(registration_of(event)); });
}

/// mod_sofia tells of each SUBSCRIBE to an address with a protocol before a `+`, also of one that renews or ends.
void on_probe(switch_event_t* event) {
  using freeswitch::header;
  inside([&](Module& h) {
    if (header(event, "proto") != "snom") return;
    Module::Probe probe;
    probe.profile = header(event, "sip_profile");
    probe.from = header(event, "from");
    probe.to = header(event, "to");
    probe.lifetime = std::chrono::seconds(std::max(std::atoi(header(event, "expires").c_str()), 0));
    h.probed(std::move(probe));
  });
}

void on_job(switch_event_t* event) {
  inside([&](Module& h) {
    auto job = freeswitch::header(event, "Job-UUID");
    if (!job.starts_with(freeswitch::JobRunner::job_prefix)) return;
    const char* body = switch_event_get_body(event);
    h.job_ended(std::move(job), body != nullptr ? body : "");
  });
}

/// Who unloads a module takes its commands away one by one, in the order in which they were added, and waits for those
/// who are in them: told of the first, the others can leave. That the module before was unloaded may be told when this
/// one is loaded already: such news is older than this one.
constexpr const char* first_command = "snom_status";

void on_unload(switch_event_t* event) {
  inside([&](Module& h) {
    const bool first = freeswitch::header(event, "type") == "api" && freeswitch::header(event, "name") == first_command;
    if (first && freeswitch::sequence_of(event) > loaded_at) {
      h.begin_to_leave();
    }
  });
}

/// What `*matches` holds before is whatever was there: FreeSWITCH does not clear it, and reads it upon SUCCESS only.
template <typename Words>
switch_status_t offer(switch_console_callback_match_t** matches, Words words) noexcept {
  return runtime::guarded_or(SWITCH_STATUS_FALSE, "completion", [&] {
    switch_console_callback_match_t* found = nullptr;
    for (const auto& word : words()) switch_console_push_match(&found, word.c_str());
    if (found == nullptr) return SWITCH_STATUS_FALSE;
    *matches = found;
    return SWITCH_STATUS_SUCCESS;
  });
}

/// What the module knows of; nothing when it is being unloaded.
std::vector<std::string> known(std::vector<std::string> (Module::*of)()) {
  std::vector<std::string> words;
  inside([&](Module& h) { words = (h.*of)(); });
  return words;
}

switch_status_t list_keys(const char*, const char*, switch_console_callback_match_t** matches) {
  return offer(matches, [] {
    std::vector<std::string> keys;
    for (int key = 1; key <= 15; ++key) keys.push_back(std::to_string(key));
    return keys;
  });
}

switch_status_t list_lights(const char*, const char*, switch_console_callback_match_t** matches) {
  return offer(matches, [] {
    using language::Light;
    std::vector<std::string> lights;
    for (const auto light : {Light::off, Light::on, Light::hold, Light::pickup, Light::park, Light::message,
                             Light::offline, Light::error, Light::seized, Light::record}) {
      lights.emplace_back(to_string(light));
    }
    return lights;
  });
}

switch_status_t list_users(const char*, const char*, switch_console_callback_match_t** matches) {
  return offer(matches, [] { return known(&Module::users); });
}

switch_status_t list_addresses(const char*, const char*, switch_console_callback_match_t** matches) {
  return offer(matches, [] { return known(&Module::addresses); });
}

switch_status_t list_phones(const char*, const char*, switch_console_callback_match_t** matches) {
  return offer(matches, [] {
    auto phones = known(&Module::users);
    for (auto& phone : phones) phone.insert(0, "*/");
    return phones;
  });
}

switch_status_t list_domains(const char*, const char*, switch_console_callback_match_t** matches) {
  return offer(matches, [] { return known(&Module::domains); });
}

switch_status_t list_profiles(const char*, const char*, switch_console_callback_match_t** matches) {
  return offer(matches, [] { return known(&Module::profiles); });
}

struct Completion {
  const char* name;
  switch_console_complete_callback_t function;
};
constexpr Completion completions[] = {
    {"::snom::list_keys", list_keys},           {"::snom::list_lights", list_lights},
    {"::snom::list_users", list_users},         {"::snom::list_phones", list_phones},
    {"::snom::list_domains", list_domains},     {"::snom::list_profiles", list_profiles},
    {"::snom::list_addresses", list_addresses},
};
/// The table's "<keys> <any>" as the console wants it: "::snom::list_keys _any_".
std::string completed_line(std::string_view name, const std::string& words) {
  std::string line = "add " + std::string(name);
  for (const auto& word : language::split_command_line(words, words.size())) {
    line += ' ';
    if (!word.starts_with('<')) {
      line += word;
    } else {
      line += word == "<any>" ? "_any_" : "::snom::list_" + word.substr(1, word.size() - 2);
    }
  }
  return line;
}

struct Binding {
  switch_event_types_t event;
  const char* subclass;
  switch_event_callback_t function;
};
constexpr Binding bindings[] = {
    {SWITCH_EVENT_CUSTOM, "sofia::register", on_registered},
    {SWITCH_EVENT_CUSTOM, "sofia::reregister", on_registered},
    {SWITCH_EVENT_CUSTOM, "sofia::unregister", on_unregistered},
    {SWITCH_EVENT_CUSTOM, "sofia::expire", on_unregistered},
    {SWITCH_EVENT_PRESENCE_PROBE, nullptr, on_probe},
    {SWITCH_EVENT_BACKGROUND_JOB, nullptr, on_job},
    {SWITCH_EVENT_MODULE_UNLOAD, nullptr, on_unload},
};

tl::expected<freeswitch::Settings, std::string> read_settings() {
  freeswitch::Settings::Parameters parameters;
  switch_xml_t configuration = nullptr;
  switch_xml_t xml = switch_xml_open_cfg("snom.conf", &configuration, nullptr);
  if (xml == nullptr) {
    freeswitch::log(Level::notice, "there is no snom.conf.xml: going by the defaults");
    return freeswitch::Settings{};
  }
  if (auto* const settings = switch_xml_child(configuration, "settings"); settings != nullptr) {
    for (auto* param = switch_xml_child(settings, "param"); param != nullptr; param = param->next) {
      parameters.emplace_back(switch_xml_attr_soft(param, "name"), switch_xml_attr_soft(param, "value"));
    }
  }
  switch_xml_free(xml);
  return freeswitch::Settings::from(parameters);
}

/// Beside FreeSWITCH's own databases.
std::string default_store_file() {
  return std::string(SWITCH_GLOBAL_dirs.db_dir != nullptr ? SWITCH_GLOBAL_dirs.db_dir : ".") + "/snom.db";
}

void let_go() {
  gate.close();
  switch_event_unbind_callback(on_registered);
  switch_event_unbind_callback(on_unregistered);
  switch_event_unbind_callback(on_probe);
  switch_event_unbind_callback(on_job);
  switch_event_unbind_callback(on_unload);
  switch_console_set_complete((std::string("del ") + first_command).c_str());
  for (const auto& command : command_table) switch_console_set_complete(("del " + std::string(command.name)).c_str());
  for (const auto& completion : completions) switch_console_del_complete_func(completion.name);
  // Who waits inside for a reply gets one, and leaves.
  the_module->stop();
  gate.wait_until_empty();
  the_module.reset();
  switch_event_free_subclass(freeswitch::OutgoingEvents::button);
  switch_event_free_subclass(freeswitch::OutgoingEvents::keys);
  switch_event_free_subclass(freeswitch::OutgoingEvents::press);
}

}  // namespace

SWITCH_MODULE_LOAD_FUNCTION(mod_snom_load) {
  runtime::set_fault_log([](const char* where, const char* what) {
    switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_ERROR, "mod_snom: %s failed: %s\n", where, what);
  });
  return runtime::guarded_or(SWITCH_STATUS_TERM, "loading", [&]() -> switch_status_t {
    auto settings = read_settings();
    if (!settings) {
      freeswitch::log(Level::error, settings.error());
      return SWITCH_STATUS_TERM;
    }
    std::shared_ptr<snom::http::PinStore> pins;
    if (!settings->pin_file.empty()) {
      auto opened = snom::http::FilePins::open(settings->pin_file);
      if (!opened) {
        freeswitch::log(Level::error, "snom.conf.xml: http-pin-file: " + opened.error());
        return SWITCH_STATUS_TERM;
      }
      pins = std::move(*opened);
    }
    const bool has_url = !settings->store_url.empty();
    auto opened = Module::open(*settings, std::move(pins),
                               has_url ? settings->store_url : settings->store_file.value_or(default_store_file()));
    if (!opened) {
      freeswitch::log(Level::error, (has_url ? "store-url: " : "store-file: ") + opened.error());
      return SWITCH_STATUS_TERM;
    }
    *module_interface = switch_loadable_module_create_module_interface(pool, modname);
    switch_api_interface_t* api = nullptr;
    SWITCH_ADD_API(api, first_command, "Counters and state of mod_snom", status_api, "");
    std::map<std::string_view, std::size_t> in_order;
    for (std::size_t i = 0; i < command_table.size(); ++i) in_order.emplace(command_table[i].name, i);
    for (const auto& [name, i] : in_order) {
      const auto& command = command_table[i];
      SWITCH_ADD_API(api, command.name.data(), command.summary.data(), run_apis[i], command.usage.data());
    }
    switch_application_interface_t* application = nullptr;
    SWITCH_ADD_APP(application, "snom_press", "Press a Snom's key", "Runs what is bound to the key that was called",
                   snom_press, "[<snom+user-key>]", SAF_NONE);
    switch_chat_interface_t* chat = nullptr;
    SWITCH_ADD_CHAT(chat, "snom", snom_chat);
    SWITCH_ADD_CHAT(chat, "GLOBAL_snom", watching_chat);

    switch_event_reserve_subclass(freeswitch::OutgoingEvents::button);
    switch_event_reserve_subclass(freeswitch::OutgoingEvents::keys);
    switch_event_reserve_subclass(freeswitch::OutgoingEvents::press);
    the_module = std::move(*opened);
    loaded_at = freeswitch::next_sequence();
    gate.open();
    for (const auto& binding : bindings) {
      if (switch_event_bind(modname, binding.event, binding.subclass, binding.function, nullptr) !=
          SWITCH_STATUS_SUCCESS) {
        freeswitch::log(Level::error, std::string("cannot bind to event ") +
                                          (binding.subclass != nullptr ? binding.subclass : "of the core"));
        let_go();
        return SWITCH_STATUS_TERM;
      }
    }
    for (const auto& completion : completions) switch_console_add_complete_func(completion.name, completion.function);
    switch_console_set_complete((std::string("add ") + first_command).c_str());
    for (const auto& command : command_table) {
      for (const auto& words : command.complete()) {
        switch_console_set_complete(completed_line(command.name, words).c_str());
      }
    }
    return SWITCH_STATUS_SUCCESS;
  });
}

SWITCH_MODULE_SHUTDOWN_FUNCTION(mod_snom_shutdown) {
  runtime::guarded("unloading", let_go);
  return SWITCH_STATUS_SUCCESS;
}
