#include "sip/library_url.h"

#include <strings.h>

#include <cstring>
#include <string_view>
#include <utility>

#include <sofia-sip/url.h>

/// The library's function of this name, for its own calls as well: they go through the dynamic linker.
/// `params`: "a=b;c"; `tag`: "c" or "c=". Returns 0 = there is none; else one more than the length of the value, which
/// is copied with a NUL if `value_size` is larger than its length.
extern "C" isize_t url_param(char const* params, char const* tag, char value[], isize_t value_size) {
  if (params == nullptr || tag == nullptr) return 0;
  std::string_view name(tag);
  if (name.ends_with('=')) name.remove_suffix(1);
  for (std::string_view rest(params); !rest.empty();) {
    const auto param = rest.substr(0, rest.find(';'));
    rest.remove_prefix(param.size() < rest.size() ? param.size() + 1 : param.size());
    if (param.size() < name.size() || strncasecmp(param.data(), name.data(), name.size()) != 0) continue;
    const auto behind = param.substr(name.size());
    if (!behind.empty() && behind.front() != '=') continue;
    const auto found = behind.empty() ? behind : behind.substr(1);
    if (value != nullptr && std::cmp_less(found.size(), value_size)) {
      std::memcpy(value, found.data(), found.size());
      value[found.size()] = '\0';
    }
    return static_cast<isize_t>(found.size() + 1);
  }
  return 0;
}

namespace snom::sip {

void mend_url_param() {
  // A reference is all that it takes.
  static_cast<void>(url_param("", "", nullptr, 0));
}

}  // namespace snom::sip
