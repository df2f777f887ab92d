#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "registration/registration.h"

/// What mod_sofia's API command `sofia xmlstatus` answers. Pure functions.
namespace snom::freeswitch {

/// Names that a profile answers to (aliases, domains, its own), each with the profile's own name.
using ProfileNames = std::vector<std::pair<std::string, std::string>>;
[[nodiscard]] ProfileNames parse_profiles(std::string_view xmlstatus);

/// The registrations in the answer to `xmlstatus profile <profile> user <user>@` (or `reg`), asked `now`.
[[nodiscard]] std::vector<registration::Registration> parse_registrations(std::string_view xmlstatus,
                                                                          const std::string& profile,
                                                                          registration::Registration::TimePoint now);

/// `<pres-hosts>` of `xmlstatus profile <profile>`: "a.example,b.example"; empty when there is none.
[[nodiscard]] std::string parse_presence_hosts(std::string_view xmlstatus);

/// Fills contact, transport and address from a contact as mod_sofia keeps it: `"Desk"
/// <sip:1000@10.0.0.7:5060;fs_nat=yes ;fs_path=sip%3A...>`.
void read_contact(std::string_view kept, registration::Registration& registration);

/// `contact` with a path that leads to it.
[[nodiscard]] std::string path_to_itself(std::string_view contact);

}  // namespace snom::freeswitch
