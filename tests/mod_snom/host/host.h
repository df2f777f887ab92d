#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <switch.h>

namespace snom::freeswitch::testing {

/// An event with its headers; `subclass` is empty unless it is CUSTOM. One without Event-Sequence gets the next.
struct Event {
  switch_event_types_t type = SWITCH_EVENT_CUSTOM;
  std::string subclass;
  std::multimap<std::string, std::string> headers;
  std::optional<std::string> body;
  /// Empty when there is none.
  [[nodiscard]] std::string operator[](const std::string& name) const;
};

/// An element of an XML document.
struct Element {
  std::string name;
  std::map<std::string, std::string> attributes;
  std::vector<Element> children;
};

/// Loads the real mod_snom.so and is to it what FreeSWITCH would be, as far as the module uses it. It is no FreeSWITCH:
/// no SIP, no calls, no dialplan; what mod_sofia would do is a test's function. One at a time. Any thread.
class Host {
 public:
  Host();
  ~Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  // What the world is like: set before `load`.
  std::optional<std::vector<std::pair<std::string, std::string>>> settings;  ///< snom.conf.xml; nullopt = no such file
  std::map<std::string, Element> directory;                                  ///< entries by "user@domain"
  std::map<std::string, Element> groups;                                     ///< of that directory, by "group@domain"
  using Api = std::function<std::string(const std::string& arguments)>;
  std::map<std::string, Api> commands;                               ///< API commands that are not the module's
  switch_status_t (*sofia_chat)(switch_event_t* message) = nullptr;  ///< mod_sofia's chat interface; nullptr = none
  std::optional<std::string> cannot_bind;                            ///< binding to this subclass fails

  /// FreeSWITCH's db folder; goes with the host.
  [[nodiscard]] const std::string& db_folder() const { return db_folder_; }

  /// Loads the module file. False when the module refuses.
  [[nodiscard]] bool load(const std::string& file);
  /// Unloads it the way `unload -f` does: takes the commands away in their order, waits up to 10 s for those who are in
  /// one, tells of it, ends the module, unloads the file. True when no byte of the file is left in the process.
  [[nodiscard]] bool unload();
  /// Unloads it if it is still loaded.
  void end();
  /// From now on switch_core_ready() is false.
  void begin_shutdown();

  /// Runs one of the module's API commands, as the event socket does; what it wrote.
  std::string api(const std::string& command, const std::string& arguments);
  /// Hands a message to the chat interface of that name, after those called GLOBAL_. False when one of them ended it,
  /// or nobody has that interface.
  bool chat(const std::string& interface, const Event& message);
  /// Hands it to the interfaces called GLOBAL_ alone. False when one of them ended it.
  bool passes_watchers(const Event& message);
  /// A call that the dialplan hands to one of the module's applications, and how that ends it.
  struct Call {
    std::map<std::string, std::string> variables;
    switch_call_cause_t cause = SWITCH_CAUSE_NONE;  ///< it is hung up with; NONE: it is not
    std::string redirected_to;                      ///< by the application `redirect`
  };
  /// Nullopt: there is no such application.
  std::optional<Call> run_application(const std::string& name, const std::string& data,
                                      std::map<std::string, std::string> variables);
  /// Tells all who are bound.
  void fire(const Event& event);

  /// Waits for the `count`th event of that subclass; nullopt when it does not come within the limit.
  std::optional<Event> wait_for(const std::string& subclass, std::size_t count = 1,
                                std::chrono::milliseconds limit = std::chrono::seconds(10));
  /// The same of events of the core's.
  std::optional<Event> wait_for_type(switch_event_types_t type, std::size_t count = 1,
                                     std::chrono::milliseconds limit = std::chrono::seconds(10));
  [[nodiscard]] std::size_t fired(const std::string& subclass) const;
  [[nodiscard]] std::vector<std::string> log() const;
  [[nodiscard]] std::vector<std::string> api_names() const;
  [[nodiscard]] std::string syntax(const std::string& api) const;
  /// What the module offers for `::snom::...`.
  [[nodiscard]] std::vector<std::string> complete(const std::string& function) const;
  [[nodiscard]] std::vector<std::string> completed_lines() const;
  /// Whatever an unloaded module must not leave behind: interfaces, bindings, completions, subclasses.
  [[nodiscard]] std::size_t left_behind() const;

 private:
  friend struct Doors;
  struct Binding {
    switch_event_types_t type;
    std::string subclass;
    switch_event_callback_t callback;
  };

  mutable std::mutex mutex_;
  std::mutex callbacks_;  ///< held while a bound callback runs: unbinding waits for its end
  std::condition_variable changed_;
  void* library_ = nullptr;
  std::string file_;
  switch_loadable_module_function_table_t* module_ = nullptr;
  bool ready_ = true;
  std::vector<std::unique_ptr<switch_api_interface_t>> apis_;
  std::vector<std::unique_ptr<switch_api_interface_t>>
      new_apis_;                       ///< of a module that is being loaded: nobody sees them
  std::map<std::string, int> inside_;  ///< calls that are in an API command
  std::vector<std::unique_ptr<switch_chat_interface_t>> chats_;
  std::vector<std::unique_ptr<switch_chat_interface_t>> new_chats_;
  std::vector<std::unique_ptr<switch_application_interface_t>> applications_;
  std::vector<std::unique_ptr<switch_application_interface_t>> new_applications_;
  std::vector<Binding> bindings_;
  std::vector<std::string> subclasses_;
  std::map<std::string, switch_console_complete_callback_t> completions_;
  std::vector<std::string> lines_;
  std::vector<Event> events_;
  std::vector<std::string> log_;
  std::string db_folder_;
};

}  // namespace snom::freeswitch::testing
