#include "mod_snom/host/doors.h"

#include <algorithm>
#include <atomic>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <thread>

#include "mod_snom/host/fake_sofia.h"

/// The functions that switch.h declares. What they do is what the module needs of them.

using namespace snom::freeswitch::testing;

struct switch_event {
  Event event;
};

struct switch_console_callback_match {
  std::vector<std::string> values;
};

namespace {

/// An element that hands out pointers to its kind.
struct Node : switch_xml {
  std::string name;
  std::map<std::string, std::string> attributes;
  std::vector<std::unique_ptr<Node>> children;

  explicit Node(const Element& element) : switch_xml{nullptr}, name(element.name), attributes(element.attributes) {
    for (const auto& child : element.children) children.push_back(std::make_unique<Node>(child));
    for (std::size_t i = 0; i < children.size(); ++i) {
      const auto same = std::find_if(children.begin() + static_cast<std::ptrdiff_t>(i) + 1, children.end(),
                                     [&](const auto& other) { return other->name == children[i]->name; });
      if (same != children.end()) children[i]->next = same->get();
    }
  }
};

Node* node(switch_xml_t xml) { return static_cast<Node*>(xml); }

__attribute__((format(printf, 1, 0))) std::string formatted(const char* format, va_list arguments) {
  va_list again;
  va_copy(again, arguments);
  const int length = std::vsnprintf(nullptr, 0, format, arguments);
  std::string text(static_cast<std::size_t>(length), '\0');
  std::vsnprintf(text.data(), text.size() + 1, format, again);
  va_end(again);
  return text;
}

/// `bgapi uuid:<job> <command> <arguments>`, as mod_commands runs it: in a thread of its own that ends with an event.
std::string run_in_background(const std::string& line) {
  const auto blank = line.find(' ');
  const std::string job = line.substr(5, blank - 5);
  const std::string command_line = line.substr(blank + 1);
  std::thread([job, command_line] {
    const auto end = command_line.find(' ');
    const auto command = command_line.substr(0, end);
    const auto arguments = end == std::string::npos ? std::string() : command_line.substr(end + 1);
    Event event{SWITCH_EVENT_BACKGROUND_JOB, {}, {{"Job-UUID", job}, {"Job-Command", command}}, std::nullopt};
    event.body = Doors::host->api(command, arguments);
    Doors::host->fire(event);
  }).detach();
  return "+OK Job-UUID: " + job + "\n";
}

}  // namespace

Host* Doors::host = nullptr;

switch_event_t* Doors::event(const Event& like) {
  static std::atomic<std::uint64_t> made = 0;
  auto* event = new switch_event{like};
  if (like["Event-Sequence"].empty()) event->event.headers.emplace("Event-Sequence", std::to_string(++made));
  return event;
}

std::vector<std::string> Doors::matches(switch_console_complete_callback_t callback) {
  // FreeSWITCH hands over a pointer that it has not set: whoever reads it reads somebody else's.
  switch_console_callback_match_t others;
  auto* matches = &others;
  const auto status = callback("", "", &matches);
  if (!others.values.empty()) throw std::logic_error("completion wrote into what is not its own");
  if (status != SWITCH_STATUS_SUCCESS || matches == &others) return {};
  std::unique_ptr<switch_console_callback_match_t> found(matches);
  return found ? std::move(found->values) : std::vector<std::string>{};
}

extern "C" {

switch_directories SWITCH_GLOBAL_dirs = {};

void switch_log_printf(switch_text_channel_t, const char*, const char*, int, const char*, switch_log_level_t level,
                       const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  auto text = formatted(format, arguments);
  va_end(arguments);
  const std::lock_guard lock(Doors::mutex());
  Doors::log().push_back(std::to_string(level) + " " + text);
}

switch_status_t switch_console_stream_write(switch_stream_handle_t* handle, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const auto text = static_cast<const char*>(handle->data) + formatted(format, arguments);
  va_end(arguments);
  std::free(handle->data);
  handle->data = strdup(text.c_str());
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_api_execute(const char* command, const char* arguments, switch_core_session_t* session,
                                   switch_stream_handle_t* stream) {
  switch_api_function_t function = nullptr;
  Host::Api ours;
  {
    const std::lock_guard lock(Doors::mutex());
    for (const auto& api : Doors::apis()) {
      if (std::strcmp(api->interface_name, command) == 0) function = api->function;
    }
    if (function != nullptr) ++Doors::inside()[command];
    if (const auto found = Doors::host->commands.find(command); found != Doors::host->commands.end()) {
      ours = found->second;
    }
  }
  if (function != nullptr) {
    const auto status = function(arguments, session, stream);
    const std::lock_guard lock(Doors::mutex());
    --Doors::inside()[command];
    Doors::told();
    return status;
  }
  if (ours) return stream->write_function(stream, "%s", ours(arguments).c_str());
  if (std::strcmp(command, "bgapi") == 0)
    return stream->write_function(stream, "%s", run_in_background(arguments).c_str());
  return stream->write_function(stream, "-ERR %s Command not found!\n", command);
}

switch_status_t switch_event_create_subclass(switch_event_t** event, switch_event_types_t id, const char* subclass) {
  *event = Doors::event({id, subclass != nullptr ? subclass : "", {}, std::nullopt});
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_event_create_plain(switch_event_t** event, switch_event_types_t id) {
  *event = new switch_event{{id, {}, {}, std::nullopt}};
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_event_add_header_string(switch_event_t* event, switch_stack_t, const char* name,
                                               const char* value) {
  event->event.headers.emplace(name, value);
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_event_add_body(switch_event_t* event, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  event->event.body = formatted(format, arguments);
  va_end(arguments);
  return SWITCH_STATUS_SUCCESS;
}

char* switch_event_get_header(switch_event_t* event, const char* name) {
  const auto found = event->event.headers.find(name);
  return found != event->event.headers.end() ? found->second.data() : nullptr;
}

char* switch_event_get_body(switch_event_t* event) { return event->event.body ? event->event.body->data() : nullptr; }

switch_status_t switch_event_fire(switch_event_t** event) {
  std::vector<switch_event_callback_t> bound;
  {
    const std::lock_guard lock(Doors::mutex());
    Doors::events().push_back((*event)->event);
    for (const auto& binding : Doors::bindings()) {
      if (binding.type == (*event)->event.type && binding.subclass == (*event)->event.subclass) {
        bound.push_back(binding.callback);
      }
    }
  }
  Doors::told();
  for (auto* callback : bound) {
    const std::lock_guard running(Doors::callbacks());
    bool still = false;
    {
      const std::lock_guard lock(Doors::mutex());
      still = std::any_of(Doors::bindings().begin(), Doors::bindings().end(),
                          [&](const auto& binding) { return binding.callback == callback; });
    }
    if (still) callback(*event);
  }
  switch_event_destroy(event);
  return SWITCH_STATUS_SUCCESS;
}

void switch_event_destroy(switch_event_t** event) {
  FakeSofia::forget(*event);
  delete *event;
  *event = nullptr;
}

switch_status_t switch_event_bind(const char*, switch_event_types_t event, const char* subclass,
                                  switch_event_callback_t callback, void*) {
  const std::string name = subclass != nullptr ? subclass : "";
  const std::lock_guard lock(Doors::mutex());
  if (Doors::host->cannot_bind == name) return SWITCH_STATUS_FALSE;
  Doors::bindings().push_back({event, name, callback});
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_event_unbind_callback(switch_event_callback_t callback) {
  const std::lock_guard running(Doors::callbacks());
  const std::lock_guard lock(Doors::mutex());
  std::erase_if(Doors::bindings(), [&](const auto& binding) { return binding.callback == callback; });
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_event_reserve_subclass(const char* subclass) {
  const std::lock_guard lock(Doors::mutex());
  Doors::subclasses().emplace_back(subclass);
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_event_free_subclass(const char* subclass) {
  const std::lock_guard lock(Doors::mutex());
  std::erase(Doors::subclasses(), subclass);
  return SWITCH_STATUS_SUCCESS;
}

switch_loadable_module_interface_t* switch_loadable_module_create_module_interface(switch_memory_pool_t*, const char*) {
  return nullptr;  // the interfaces are the host's; nobody looks into this one
}

void* switch_loadable_module_create_interface(switch_loadable_module_interface_t*,
                                              switch_module_interface_name_t name) {
  const std::lock_guard lock(Doors::mutex());
  if (name == SWITCH_API_INTERFACE) {
    return Doors::new_apis().emplace_back(std::make_unique<switch_api_interface_t>()).get();
  }
  if (name == SWITCH_APPLICATION_INTERFACE) {
    return Doors::new_applications().emplace_back(std::make_unique<switch_application_interface_t>()).get();
  }
  return Doors::new_chats().emplace_back(std::make_unique<switch_chat_interface_t>()).get();
}

// A call is session and channel in one.
switch_channel_t* switch_core_session_get_channel(switch_core_session_t* session) {
  return reinterpret_cast<switch_channel_t*>(session);
}

const char* switch_channel_get_variable(switch_channel_t* channel, const char* name) {
  const auto& variables = reinterpret_cast<snom::freeswitch::testing::Host::Call*>(channel)->variables;
  const auto found = variables.find(name);
  return found == variables.end() ? nullptr : found->second.c_str();
}

void switch_channel_hangup(switch_channel_t* channel, switch_call_cause_t cause) {
  reinterpret_cast<snom::freeswitch::testing::Host::Call*>(channel)->cause = cause;
}

switch_status_t switch_core_session_execute_application(switch_core_session_t* session, const char* application,
                                                        const char* arguments) {
  if (std::strcmp(application, "redirect") != 0) return SWITCH_STATUS_FALSE;
  reinterpret_cast<snom::freeswitch::testing::Host::Call*>(session)->redirected_to = arguments;
  return SWITCH_STATUS_SUCCESS;
}

switch_chat_interface_t* switch_loadable_module_get_chat_interface(const char* name) {
  if (std::strcmp(name, "sip") != 0 || Doors::host->sofia_chat == nullptr) return nullptr;
  return new switch_chat_interface_t{"sip", Doors::host->sofia_chat};
}

void host_let_go_of_chat_interface(switch_chat_interface_t* interface) { delete interface; }

switch_bool_t switch_core_ready() {
  const std::lock_guard lock(Doors::mutex());
  return Doors::ready() ? SWITCH_TRUE : SWITCH_FALSE;
}

switch_xml_t switch_xml_open_cfg(const char*, switch_xml_t* node, switch_event_t*) {
  const auto& settings = Doors::host->settings;
  if (!settings) return nullptr;
  Element params{"settings", {}, {}};
  for (const auto& [name, value] : *settings) {
    params.children.push_back({"param", {{"name", name}, {"value", value}}, {}});
  }
  *node = new Node({"configuration", {}, {std::move(params)}});
  return *node;
}

switch_status_t switch_xml_locate_user_merged(const char*, const char* user, const char* domain, const char*,
                                              switch_xml_t* entry, switch_event_t*) {
  const auto found = Doors::host->directory.find(std::string(user) + "@" + domain);
  if (found == Doors::host->directory.end()) return SWITCH_STATUS_FALSE;
  *entry = new Node(found->second);
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_xml_locate_group(const char* group, const char* domain, switch_xml_t* root,
                                        switch_xml_t* domain_entry, switch_xml_t* entry, switch_event_t*) {
  *root = *domain_entry = *entry = nullptr;
  const std::string at_domain = std::string("@") + domain;
  Element groups{"domain", {}, {}};
  bool has_domain = false;
  for (const auto& [address, element] : Doors::host->groups) {
    if (!address.ends_with(at_domain)) continue;
    has_domain = true;
    if (address == group + at_domain) groups.children.push_back(element);
  }
  if (!has_domain) return SWITCH_STATUS_FALSE;
  *root = *domain_entry = new Node(groups);  // the caller's, with or without that group
  *entry = switch_xml_child(*root, "group");
  return *entry != nullptr ? SWITCH_STATUS_SUCCESS : SWITCH_STATUS_FALSE;
}

switch_xml_t switch_xml_child(switch_xml_t xml, const char* name) {
  for (const auto& child : node(xml)->children) {
    if (child->name == name) return child.get();
  }
  return nullptr;
}

const char* switch_xml_attr_soft(switch_xml_t xml, const char* attribute) {
  const auto found = node(xml)->attributes.find(attribute);
  return found != node(xml)->attributes.end() ? found->second.c_str() : "";
}

void switch_xml_free(switch_xml_t xml) { delete node(xml); }

void switch_console_push_match(switch_console_callback_match_t** matches, const char* value) {
  if (*matches == nullptr) *matches = new switch_console_callback_match_t;
  (*matches)->values.emplace_back(value);
}

switch_status_t switch_console_set_complete(const char* line) {
  const std::string text = line;
  const std::lock_guard lock(Doors::mutex());
  if (text.starts_with("add ")) {
    Doors::lines().push_back(text.substr(4));
  } else if (text.starts_with("del ")) {
    std::erase_if(Doors::lines(), [&](const auto& known) { return known.starts_with(text.substr(4)); });
  }
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_console_add_complete_func(const char* name, switch_console_complete_callback_t callback) {
  const std::lock_guard lock(Doors::mutex());
  Doors::completions()[name] = callback;
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_console_del_complete_func(const char* name) {
  const std::lock_guard lock(Doors::mutex());
  Doors::completions().erase(name);
  return SWITCH_STATUS_SUCCESS;
}

}  // extern "C"
