#include "mod_snom/host/host.h"

#include <dlfcn.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "mod_snom/host/doors.h"

namespace snom::freeswitch::testing {

std::string Event::operator[](const std::string& name) const {
  const auto found = headers.find(name);
  return found != headers.end() ? found->second : std::string();
}

Host::Host() {
  if (Doors::host != nullptr) throw std::logic_error("one host at a time");
  Doors::host = this;
  std::string folder = (std::filesystem::temp_directory_path() / "mod_snom_host_XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) throw std::system_error(errno, std::generic_category(), "mkdtemp");
  db_folder_ = folder;
  SWITCH_GLOBAL_dirs.db_dir = db_folder_.data();
}

Host::~Host() {
  end();
  std::error_code ignored;
  std::filesystem::remove_all(db_folder_, ignored);
  Doors::host = nullptr;
}

void Host::end() {
  if (module_ != nullptr) (void)unload();
}

bool Host::load(const std::string& file) {
  file_ = file;
  library_ = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library_ == nullptr) throw std::runtime_error(dlerror());
  module_ = static_cast<switch_loadable_module_function_table_t*>(dlsym(library_, "mod_snom_module_interface"));
  if (module_ == nullptr) throw std::runtime_error(dlerror());
  switch_loadable_module_interface_t* interface = nullptr;
  if (module_->load(&interface, nullptr) != SWITCH_STATUS_SUCCESS) {
    module_ = nullptr;
    new_apis_.clear();
    new_chats_.clear();
    new_applications_.clear();
    dlclose(library_);
    return false;
  }
  const std::lock_guard lock(mutex_);
  apis_ = std::exchange(new_apis_, {});
  chats_ = std::exchange(new_chats_, {});
  applications_ = std::exchange(new_applications_, {});
  return true;
}

bool Host::unload() {
  while (true) {
    std::unique_lock lock(mutex_);
    if (apis_.empty()) break;
    const std::string name = apis_.front()->interface_name;
    changed_.wait_for(lock, std::chrono::seconds(10), [&] { return inside_[name] == 0; });
    apis_.erase(apis_.begin());
    lock.unlock();
    fire({SWITCH_EVENT_MODULE_UNLOAD, {}, {{"type", "api"}, {"name", name}, {"key", "mod_snom"}}, std::nullopt});
  }
  module_->shutdown();
  module_ = nullptr;
  {
    const std::lock_guard lock(mutex_);
    chats_.clear();
    applications_.clear();
  }
  dlclose(library_);
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.ends_with(file_)) return false;
  }
  return true;
}

void Host::begin_shutdown() {
  const std::lock_guard lock(mutex_);
  ready_ = false;
}

std::string Host::api(const std::string& command, const std::string& arguments) {
  switch_stream_handle_t stream;
  SWITCH_STANDARD_STREAM(stream);
  switch_api_execute(command.c_str(), arguments.c_str(), nullptr, &stream);
  std::string wrote = static_cast<const char*>(stream.data);
  std::free(stream.data);
  return wrote;
}

bool Host::chat(const std::string& interface, const Event& message) {
  if (!passes_watchers(message)) return false;
  switch_status_t (*addressed)(switch_event_t*) = nullptr;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& chat : chats_) {
      if (chat->interface_name == interface) addressed = chat->chat_send;
    }
  }
  if (addressed == nullptr) return false;
  auto* event = Doors::event(message);
  const bool delivered = addressed(event) == SWITCH_STATUS_SUCCESS;
  switch_event_destroy(&event);
  return delivered;
}

bool Host::passes_watchers(const Event& message) {
  std::vector<switch_status_t (*)(switch_event_t*)> watching;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& chat : chats_) {
      if (std::string_view(chat->interface_name).starts_with("GLOBAL_")) watching.push_back(chat->chat_send);
    }
  }
  auto* event = Doors::event(message);
  bool passes = true;
  for (auto* watch : watching) {
    passes =
        passes && watch(event) == SWITCH_STATUS_SUCCESS && switch_event_get_header(event, "final_delivery") == nullptr;
  }
  switch_event_destroy(&event);
  return passes;
}

std::optional<Host::Call> Host::run_application(const std::string& name, const std::string& data,
                                                std::map<std::string, std::string> variables) {
  switch_application_function_t function = nullptr;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& one : applications_) {
      if (one->interface_name == name) function = one->application_function;
    }
  }
  if (function == nullptr) return std::nullopt;
  Call call;
  call.variables = std::move(variables);
  function(reinterpret_cast<switch_core_session_t*>(&call), data.c_str());
  return call;
}

void Host::fire(const Event& event) {
  auto* fired = Doors::event(event);
  switch_event_fire(&fired);
}

std::optional<Event> Host::wait_for(const std::string& subclass, std::size_t count, std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  std::optional<Event> found;
  changed_.wait_for(lock, limit, [&] {
    std::size_t seen = 0;
    for (const auto& event : events_) {
      if (event.subclass == subclass && ++seen == count) found = event;
    }
    return found.has_value();
  });
  return found;
}

std::optional<Event> Host::wait_for_type(switch_event_types_t type, std::size_t count,
                                         std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  std::optional<Event> found;
  changed_.wait_for(lock, limit, [&] {
    std::size_t seen = 0;
    for (const auto& event : events_) {
      if (event.type == type && ++seen == count) found = event;
    }
    return found.has_value();
  });
  return found;
}

std::size_t Host::fired(const std::string& subclass) const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(
      std::count_if(events_.begin(), events_.end(), [&](const Event& event) { return event.subclass == subclass; }));
}

std::vector<std::string> Host::log() const {
  const std::lock_guard lock(mutex_);
  return log_;
}

std::vector<std::string> Host::api_names() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& api : apis_) names.emplace_back(api->interface_name);
  return names;
}

std::string Host::syntax(const std::string& api) const {
  const std::lock_guard lock(mutex_);
  for (const auto& each : apis_) {
    if (each->interface_name == api) return each->syntax;
  }
  return {};
}

std::vector<std::string> Host::complete(const std::string& function) const {
  switch_console_complete_callback_t callback = nullptr;
  {
    const std::lock_guard lock(mutex_);
    const auto found = completions_.find(function);
    if (found == completions_.end()) return {};
    callback = found->second;
  }
  return Doors::matches(callback);
}

std::vector<std::string> Host::completed_lines() const {
  const std::lock_guard lock(mutex_);
  return lines_;
}

std::size_t Host::left_behind() const {
  const std::lock_guard lock(mutex_);
  return apis_.size() + chats_.size() + applications_.size() + bindings_.size() + subclasses_.size() +
         completions_.size() + lines_.size();
}

}  // namespace snom::freeswitch::testing
