#include "sip/as_written.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <string_view>

#include <sofia-sip/msg_mclass.h>
#include <sofia-sip/sip_parser.h>

#include "language/text.h"
#include "sip/message_class.h"

namespace snom::sip {
namespace {

/// The library's classes with other functions to read them, in the library's place under long and short names.
struct Classes {
  Classes();
  Classes(const Classes&) = delete;  // `messages` points to the others
  Classes& operator=(const Classes&) = delete;

  msg_hclass_s contact = *sip_contact_class;
  msg_hclass_s path = *sip_path_class;
  msg_hclass_s request = *sip_request_class;
  msg_mclass_t* messages = nullptr;
};

/// Stands for a Request-URI that the library cannot read.
constexpr const char* unreadable_uri = "unreadable:uri";

/// The library calls the function of the class again for each further value of one line, which is escaped already.
thread_local bool within_a_line = false;

constexpr std::string_view hex = "0123456789ABCDEF";

void append_escaped(char*& end, unsigned char byte) {
  *end++ = '%';
  *end++ = hex[byte >> 4U];
  *end++ = hex[byte & 0x0FU];
}

/// Escapes the bytes that `of` means in a copy that `home` owns; nullptr when there is none, or no memory.
template <typename Of>
[[nodiscard]] char* escaped_copy(su_home_t* home, const char* s, isize_t& copied, Of of) {
  // The size that the library hands on is not that of what is left of the line.
  const std::size_t size = std::strlen(s);
  const auto count = std::count_if(s, s + size, of);
  if (count == 0) return nullptr;
  auto* copy = static_cast<char*>(su_alloc(home, static_cast<isize_t>(size + 2 * static_cast<std::size_t>(count) + 1)));
  if (copy == nullptr) return nullptr;
  char* end = copy;
  std::for_each(s, s + size, [&](char c) {
    if (of(c))
      append_escaped(end, static_cast<unsigned char>(c));
    else
      *end++ = c;
  });
  *end = '\0';
  copied = static_cast<isize_t>(end - copy);
  return copy;
}

/// With each '%' written "%25", which the library leaves alone.
template <msg_hclass_t* LibrarysClass>
issize_t parse_kept(su_home_t* home, msg_header_t* header, char* s, isize_t size) {
  if (within_a_line) return LibrarysClass->hc_parse(home, header, s, size);
  isize_t copied = size;
  char* copy = escaped_copy(home, s, copied, [](char c) { return c == '%'; });
  within_a_line = true;
  const issize_t result = LibrarysClass->hc_parse(home, header, copy == nullptr ? s : copy, copied);
  within_a_line = false;
  return result;
}

/// The line with unreadable_uri in place of its URI; nullptr when it has no three parts.
[[nodiscard]] char* without_uri(su_home_t* home, const char* line) {
  const char* method_end = std::strchr(line, ' ');
  const char* version = std::strrchr(line, ' ');
  if (method_end == nullptr || version == method_end) return nullptr;
  return su_sprintf(home, "%.*s %s %s", static_cast<int>(method_end - line), line, unreadable_uri, version + 1);
}

/// "INVITE sip:1001@example.com SIP/2.0", in any version; blanks behind it are for the library to judge.
[[nodiscard]] bool is_line_of_sip(std::string_view line) {
  line = line.substr(0, line.find_last_not_of(" \t") + 1);
  const auto last = line.rfind(' ');
  return last != std::string_view::npos && language::lower_case(line.substr(last + 1)).starts_with("sip/");
}

issize_t parse_request_line(su_home_t* home, msg_header_t* header, char* s, isize_t) {
  if (!begin_message(home)) return -1;
  // To the library it would be a request of another version, to be dropped, and the connection to be kept.
  if (!is_line_of_sip(s)) return -1;
  auto copied = static_cast<isize_t>(std::strlen(s));
  char* line = escaped_copy(home, s, copied, [](char c) { return static_cast<unsigned char>(c) > 0x7f; });
  if (line == nullptr) line = su_strndup(home, s, copied);
  // Reading takes the text apart where it stands.
  if (line == nullptr) return -1;
  char* unread = su_strndup(home, line, copied);
  const issize_t result = sip_request_class->hc_parse(home, header, line, copied);
  if (result >= 0 || unread == nullptr) return result;
  char* readable = without_uri(home, unread);
  if (readable == nullptr) return result;
  return sip_request_class->hc_parse(home, header, readable, static_cast<isize_t>(std::strlen(readable)));
}

Classes::Classes() {
  contact.hc_parse = &parse_kept<sip_contact_class>;
  path.hc_parse = &parse_kept<sip_path_class>;
  request.hc_parse = &parse_request_line;
  messages = msg_mclass_clone(message_class(), 0, 0);
  if (messages == nullptr) throw std::bad_alloc();
  const auto place = [this](msg_href_t& at) {
    if (at.hr_class == sip_contact_class) at.hr_class = &contact;
    if (at.hr_class == sip_path_class) at.hr_class = &path;
  };
  std::for_each(messages->mc_hash, messages->mc_hash + messages->mc_hash_size, place);
  // A copy of the clone's own, behind its table.
  if (auto* shorts = const_cast<msg_href_t*>(messages->mc_short); shorts != nullptr)
    std::for_each(shorts, shorts + MC_SHORT_SIZE, place);
  messages->mc_request->hr_class = &request;
}

[[nodiscard]] Classes& the_classes() {
  static Classes classes;
  return classes;
}

[[nodiscard]] std::string unescaped(std::string text) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    plain += text[i];
    if (text.compare(i, 3, "%25") == 0) i += 2;
  }
  return plain;
}

[[nodiscard]] std::string unescaped(const char* text_or_null) { return unescaped(std::string(text(text_or_null))); }

template <typename Header>
[[nodiscard]] const Header* first(const sip_t* sip, msg_hclass_t* header_class) {
  return reinterpret_cast<const Header*>(msg_header_access(reinterpret_cast<const msg_pub_t*>(sip), header_class));
}

}  // namespace

const msg_mclass_t* server_message_class() { return the_classes().messages; }

std::vector<ContactAsWritten> contacts_as_written(const sip_t* sip) {
  std::vector<ContactAsWritten> contacts;
  for (const auto* header = first<sip_contact_t>(sip, &the_classes().contact); header != nullptr;
       header = header->m_next) {
    ContactAsWritten contact;
    contact.all = header->m_url->url_type == url_any;
    if (!contact.all) contact.uri = unescaped(url_text(header->m_url));
    contact.has_expires = header->m_expires != nullptr;
    contact.expires = unescaped(header->m_expires);
    contact.q = unescaped(header->m_q);
    if (header->m_params != nullptr) {
      contact.instance = unescaped(msg_params_find(header->m_params, "+sip.instance="));
      contact.reg_id = unescaped(msg_params_find(header->m_params, "reg-id="));
    }
    contacts.push_back(std::move(contact));
  }
  return contacts;
}

std::vector<std::string> path_as_written(const sip_t* sip) {
  std::vector<std::string> path;
  for (const auto* header = first<sip_path_t>(sip, &the_classes().path); header != nullptr; header = header->r_next) {
    std::string value = "<" + url_text(header->r_url) + ">";
    for (const msg_param_t* parameter = header->r_params; parameter != nullptr && *parameter != nullptr; ++parameter)
      value.append(";").append(*parameter);
    path.push_back(unescaped(std::move(value)));
  }
  return path;
}

bool is_unreadable(const url_t* request_uri) { return text(request_uri->url_scheme) == "unreadable"; }

std::string plain_line(std::string_view name, std::string_view value) {
  std::string line(name);
  line.append(": ").append(value);
  return line;
}

void set_as_written(su_home_t* home, url_t* url, std::string_view uri) {
  const auto keep = [home](const char*& part, std::string_view as_written) {
    if (part == nullptr) return;
    const char* copy = su_strndup(home, as_written.data(), static_cast<isize_t>(as_written.size()));
    if (copy == nullptr) throw std::bad_alloc();
    part = copy;
  };
  // The library takes these apart in its own way; no phone writes them.
  if (url->url_path != nullptr || url->url_fragment != nullptr) return;
  uri.remove_prefix(std::min(uri.find(':') + 1, uri.size()));
  if (const auto at = uri.find('@'); at != std::string_view::npos) {
    const std::string_view info = uri.substr(0, at);
    const auto password = info.find(':');
    keep(url->url_user, info.substr(0, password));
    if (password != std::string_view::npos) keep(url->url_password, info.substr(password + 1));
    uri.remove_prefix(at + 1);
  }
  if (const auto question = uri.find('?'); question != std::string_view::npos) {
    keep(url->url_headers, uri.substr(question + 1));
    uri = uri.substr(0, question);
  }
  if (const auto semicolon = uri.find(';'); semicolon != std::string_view::npos)
    keep(url->url_params, uri.substr(semicolon + 1));
}

}  // namespace snom::sip
