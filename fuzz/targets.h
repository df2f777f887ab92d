#pragma once

#include "target.h"

/// All targets, by the name of their file and of their folder in corpus/. CMakeLists.txt says what each is made of.
namespace snom::fuzz {

// language
void buttons_document(std::string_view input);
void command_line(std::string_view input);
void dialog_info(std::string_view input);
void digest(std::string_view input);
void key_sequence(std::string_view input);
void percent(std::string_view input);
void phone_model(std::string_view input);
void phone_settings(std::string_view input);
void reginfo(std::string_view input);
void resource_list(std::string_view input);
void snom_xml(std::string_view input);
void xml_definition(std::string_view input);

// control
void typed_commands(std::string_view input);

// tls
void certificate_names(std::string_view input);

// access
void tokens(std::string_view input);

// http
void http_server(std::string_view input);
void persistent_client(std::string_view input);
void response_head(std::string_view input);
void urls(std::string_view input);
void web_client(std::string_view input);
void web_socket(std::string_view input);

// asterisk
void ami(std::string_view input);
void ari_event(std::string_view input);
void hep(std::string_view input);

// picture
void bmp_to_png(std::string_view input);

// sip
void asserted_identity(std::string_view input);
void sdp(std::string_view input);
void sip_uri(std::string_view input);
void subscribe(std::string_view input);

// phone
void phone_hands(std::string_view input);
void snomphone_sip(std::string_view input);
void virtual_phone(std::string_view input);

// cluster
void node_letter(std::string_view input);

// snomd
void body_keys(std::string_view input);
void config(std::string_view input);
void http_parameters(std::string_view input);
void snomd_sip(std::string_view input);

// snomctl
void event_stream(std::string_view input);
void layout_csv(std::string_view input);
void layout_toml(std::string_view input);

}  // namespace snom::fuzz
