#pragma once

#include <span>
#include <string_view>

#include "http/server.h"

namespace snom::http {

/// A file of a web page that is part of the program (cmake/embed.cmake).
struct PageFile {
  std::string_view name;  ///< "wall.js"
  std::string_view type;  ///< of the content
  std::string_view etag;  ///< with its quotes; a strong one (RFC 9110 section 8.8.3)
  std::string_view bytes;
};

/// nullptr: there is no file of that name.
[[nodiscard]] const PageFile* find_file(std::span<const PageFile> files, std::string_view name);

/// The answer to GET or HEAD of such a file: 304 when the client has it as it is, and with headers by which a browser
/// runs and loads nothing but what this server has (Content Security Policy Level 3). Any thread.
[[nodiscard]] Response file_response(const PageFile& file, const Request& request);

}  // namespace snom::http
