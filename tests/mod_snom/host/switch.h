#pragma once

#include <cstdlib>

/// THIS IS NO FREESWITCH. It declares just those names of FreeSWITCH's module interface that mod_snom uses, with their
/// signatures as FreeSWITCH 1.10 and 1.11 have them; host.cpp has stand-ins behind them. A module built with this
/// header loads into the host of these tests and nowhere else. Structures hold what is used of them, no more.

// NOLINTBEGIN(readability-identifier-naming, modernize-use-using): the names are FreeSWITCH's.
extern "C" {

typedef enum {
  SWITCH_STATUS_SUCCESS,
  SWITCH_STATUS_FALSE,
  SWITCH_STATUS_TERM,
} switch_status_t;
typedef enum { SWITCH_FALSE, SWITCH_TRUE } switch_bool_t;

typedef struct switch_core_session switch_core_session_t;
typedef struct switch_memory_pool switch_memory_pool_t;

typedef struct {
  char* db_dir;
} switch_directories;
extern switch_directories SWITCH_GLOBAL_dirs;

// ---- log

typedef enum {
  SWITCH_LOG_DEBUG = 7,
  SWITCH_LOG_INFO = 6,
  SWITCH_LOG_NOTICE = 5,
  SWITCH_LOG_WARNING = 4,
  SWITCH_LOG_ERROR = 3,
} switch_log_level_t;
typedef enum { SWITCH_CHANNEL_ID_LOG } switch_text_channel_t;
#define SWITCH_CHANNEL_LOG SWITCH_CHANNEL_ID_LOG, __FILE__, __func__, __LINE__, nullptr
void switch_log_printf(switch_text_channel_t channel, const char* file, const char* function, int line,
                       const char* userdata, switch_log_level_t level, const char* format, ...)
    __attribute__((format(printf, 7, 8)));

// ---- streams and API commands

typedef struct switch_stream_handle switch_stream_handle_t;
typedef switch_status_t (*switch_stream_handle_write_function_t)(switch_stream_handle_t* handle, const char* format,
                                                                 ...);
struct switch_stream_handle {
  switch_stream_handle_write_function_t write_function;
  void* data;
};
switch_status_t switch_console_stream_write(switch_stream_handle_t* handle, const char* format, ...)
    __attribute__((format(printf, 2, 3)));
#define SWITCH_STANDARD_STREAM(s) ((s).write_function = switch_console_stream_write, (s).data = std::calloc(1, 1))
typedef switch_status_t (*switch_api_function_t)(const char* arguments, switch_core_session_t* session,
                                                 switch_stream_handle_t* stream);
switch_status_t switch_api_execute(const char* command, const char* arguments, switch_core_session_t* session,
                                   switch_stream_handle_t* stream);

// ---- calls

typedef enum {
  SWITCH_CAUSE_NONE = 0,
  SWITCH_CAUSE_UNALLOCATED_NUMBER = 1,
  SWITCH_CAUSE_DESTINATION_OUT_OF_ORDER = 27,
  SWITCH_CAUSE_OUTGOING_CALL_BARRED = 52,
  SWITCH_CAUSE_ORIGINATOR_CANCEL = 487,
} switch_call_cause_t;
typedef struct switch_channel switch_channel_t;
switch_channel_t* switch_core_session_get_channel(switch_core_session_t* session);
const char* switch_channel_get_variable(switch_channel_t* channel, const char* name);
void switch_channel_hangup(switch_channel_t* channel, switch_call_cause_t cause);
switch_status_t switch_core_session_execute_application(switch_core_session_t* session, const char* application,
                                                        const char* arguments);

// ---- events

typedef enum {
  SWITCH_EVENT_CUSTOM,
  SWITCH_EVENT_MESSAGE,
  SWITCH_EVENT_NOTIFY,
  SWITCH_EVENT_BACKGROUND_JOB,
  SWITCH_EVENT_PRESENCE_IN,
  SWITCH_EVENT_PRESENCE_PROBE,
  SWITCH_EVENT_MODULE_UNLOAD
} switch_event_types_t;
typedef enum { SWITCH_STACK_BOTTOM } switch_stack_t;
typedef struct switch_event switch_event_t;
typedef void (*switch_event_callback_t)(switch_event_t* event);
switch_status_t switch_event_create_subclass(switch_event_t** event, switch_event_types_t id, const char* subclass);
#define switch_event_create(event, id) switch_event_create_subclass(event, id, nullptr)
/// Without the headers that every event has.
switch_status_t switch_event_create_plain(switch_event_t** event, switch_event_types_t id);
switch_status_t switch_event_add_header_string(switch_event_t* event, switch_stack_t stack, const char* name,
                                               const char* value);
switch_status_t switch_event_add_body(switch_event_t* event, const char* format, ...)
    __attribute__((format(printf, 2, 3)));
char* switch_event_get_header(switch_event_t* event, const char* name);
char* switch_event_get_body(switch_event_t* event);
switch_status_t switch_event_fire(switch_event_t** event);
void switch_event_destroy(switch_event_t** event);
switch_status_t switch_event_bind(const char* id, switch_event_types_t event, const char* subclass,
                                  switch_event_callback_t callback, void* user_data);
switch_status_t switch_event_unbind_callback(switch_event_callback_t callback);
switch_status_t switch_event_reserve_subclass(const char* subclass);
switch_status_t switch_event_free_subclass(const char* subclass);

// ---- modules and what they offer

typedef enum {
  SWITCH_API_INTERFACE,
  SWITCH_CHAT_INTERFACE,
  SWITCH_APPLICATION_INTERFACE
} switch_module_interface_name_t;
typedef struct {
  const char* interface_name;
  const char* desc;
  switch_api_function_t function;
  const char* syntax;
} switch_api_interface_t;
typedef struct {
  const char* interface_name;
  switch_status_t (*chat_send)(switch_event_t* message);
} switch_chat_interface_t;
typedef void (*switch_application_function_t)(switch_core_session_t* session, const char* data);
typedef struct {
  const char* interface_name;
  switch_application_function_t application_function;
} switch_application_interface_t;
#define SAF_NONE 0
typedef struct switch_loadable_module_interface switch_loadable_module_interface_t;
switch_loadable_module_interface_t* switch_loadable_module_create_module_interface(switch_memory_pool_t* pool,
                                                                                   const char* name);
void* switch_loadable_module_create_interface(switch_loadable_module_interface_t* module,
                                              switch_module_interface_name_t name);
#define SWITCH_ADD_API(interface, name, description, callback, usage)                      \
  do {                                                                                     \
    (interface) = static_cast<switch_api_interface_t*>(                                    \
        switch_loadable_module_create_interface(*module_interface, SWITCH_API_INTERFACE)); \
    *(interface) = {name, description, callback, usage};                                   \
  } while (false)
#define SWITCH_ADD_CHAT(interface, name, callback)                                          \
  do {                                                                                      \
    (interface) = static_cast<switch_chat_interface_t*>(                                    \
        switch_loadable_module_create_interface(*module_interface, SWITCH_CHAT_INTERFACE)); \
    *(interface) = {name, callback};                                                        \
  } while (false)
#define SWITCH_ADD_APP(interface, name, short_description, long_description, callback, usage, flags) \
  do {                                                                                               \
    (interface) = static_cast<switch_application_interface_t*>(                                      \
        switch_loadable_module_create_interface(*module_interface, SWITCH_APPLICATION_INTERFACE));   \
    *(interface) = {name, callback};                                                                 \
  } while (false)
switch_chat_interface_t* switch_loadable_module_get_chat_interface(const char* name);
void host_let_go_of_chat_interface(switch_chat_interface_t* interface);
#define UNPROTECT_INTERFACE(interface) host_let_go_of_chat_interface(interface)
switch_bool_t switch_core_ready();

typedef switch_status_t (*switch_module_load_t)(switch_loadable_module_interface_t** module_interface,
                                                switch_memory_pool_t* pool);
typedef switch_status_t (*switch_module_shutdown_t)();
typedef struct {
  switch_module_load_t load;
  switch_module_shutdown_t shutdown;
} switch_loadable_module_function_table_t;
#define SWITCH_MODULE_LOAD_FUNCTION(name) \
  switch_status_t name(switch_loadable_module_interface_t** module_interface, switch_memory_pool_t* pool)
#define SWITCH_MODULE_SHUTDOWN_FUNCTION(name) switch_status_t name()
#define SWITCH_MODULE_DEFINITION(name, load, shutdown, runtime)                                                  \
  static const char modname[] = #name;                                                                           \
  extern __attribute__((visibility("default"))) switch_loadable_module_function_table_t name##_module_interface; \
  switch_loadable_module_function_table_t name##_module_interface = {load, shutdown}
#define SWITCH_BEGIN_EXTERN_C extern "C" {
#define SWITCH_END_EXTERN_C }

// ---- XML: configuration and directory

typedef struct switch_xml* switch_xml_t;
struct switch_xml {
  switch_xml_t next;  ///< of the same name
};
switch_xml_t switch_xml_open_cfg(const char* file, switch_xml_t* node, switch_event_t* params);
switch_status_t switch_xml_locate_user_merged(const char* key, const char* user, const char* domain, const char* ip,
                                              switch_xml_t* entry, switch_event_t* params);
switch_status_t switch_xml_locate_group(const char* group, const char* domain, switch_xml_t* root,
                                        switch_xml_t* domain_entry, switch_xml_t* entry, switch_event_t* params);
switch_xml_t switch_xml_child(switch_xml_t xml, const char* name);
const char* switch_xml_attr_soft(switch_xml_t xml, const char* attribute);
void switch_xml_free(switch_xml_t xml);

// ---- tab completion

typedef struct switch_console_callback_match switch_console_callback_match_t;
typedef switch_status_t (*switch_console_complete_callback_t)(const char* line, const char* last_word,
                                                              switch_console_callback_match_t** matches);
void switch_console_push_match(switch_console_callback_match_t** matches, const char* value);
switch_status_t switch_console_set_complete(const char* line);
switch_status_t switch_console_add_complete_func(const char* name, switch_console_complete_callback_t callback);
switch_status_t switch_console_del_complete_func(const char* name);

}  // extern "C"
// NOLINTEND(readability-identifier-naming, modernize-use-using)
