#pragma once

#include <cstddef>
#include <string>

#include <tl/expected.hpp>

/// Files that people name in configurations and on command lines. Any thread; nothing is waited for but the disk.
namespace snom::file {

/// Bytes that a configuration, a layout, a file of certificates may have, and one that holds a password or a token.
inline constexpr std::size_t text_limit = 16 * 1024 * 1024;
inline constexpr std::size_t secret_limit = 64 * 1024;

/// The whole of a regular file that has at most `limit` bytes. Folders, devices, FIFOs and sockets are refused without
/// being opened: one that never ends or never answers stops nobody. The error begins with the file's name and is for an
/// administrator.
[[nodiscard]] tl::expected<std::string, std::string> read(const std::string& path, std::size_t limit = text_limit);

/// The first line of a file of at most secret_limit bytes, without its end (LF or CR LF); an empty file is an error.
[[nodiscard]] tl::expected<std::string, std::string> read_first_line(const std::string& path);

}  // namespace snom::file
