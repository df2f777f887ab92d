#include "language/shown_arguments.h"

#include <algorithm>

#include "language/text.h"

namespace snom::language {
namespace {

constexpr std::string_view hidden = "***";

bool is_of_scheme(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
}

/// Of "scheme://", as many bytes as it has; 0 where the text does not begin so.
std::size_t length_of_scheme(std::string_view url) {
  const auto end = url.find("://");
  if (end == std::string_view::npos || end == 0) return 0;
  return std::all_of(url.begin(), url.begin() + static_cast<std::ptrdiff_t>(end), is_of_scheme) ? end + 3 : 0;
}

/// Hides what stands between the first ':' after the scheme and the last '@'.
std::string without_userinfo(std::string_view url) {
  const auto scheme = length_of_scheme(url);
  const auto at = url.rfind('@');
  const auto colon = url.find(':', scheme);
  if (at == std::string_view::npos || colon == std::string_view::npos || colon > at) return std::string(url);
  return std::string(url.substr(0, colon + 1)).append(hidden).append(url.substr(at));
}

/// Hides values of "password" and "sslpassword", as libpq takes them in a URL or a connection string.
std::string without_parameters(std::string text) {
  constexpr std::string_view name = "password=";
  for (std::size_t at = 0; (at = lower_case(text).find(name, at)) != std::string::npos;) {
    at += name.size();
    const auto end = std::min(text.find_first_of("& ", at), text.size());
    text.replace(at, end - at, hidden);
  }
  return text;
}

}  // namespace

std::string without_password(std::string_view url) {
  const bool is_path = (url.starts_with('/') && !url.starts_with("//")) || url.starts_with('.');
  return printable(is_path ? std::string(url) : without_parameters(without_userinfo(url)));
}

std::string wrong_arguments(std::string_view why, const std::vector<std::string>& unknown) {
  std::string text;
  for (const auto& argument : unknown) text += (text.empty() ? "" : " ") + without_password(argument);
  if (!text.empty()) {
    text.insert(0, unknown.size() == 1 ? "The following argument was not expected: "
                                       : "The following arguments were not expected: ");
    text += '\n';
  }
  if (!why.empty()) text += printable(why) + "\n";
  return text;
}

}  // namespace snom::language
