#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace snom::file {

/// Makes `text` the whole of a file of mode 0600: a new file beside it, `<path>.new`, is written, synced and renamed,
/// with the owner of the old one as far as that may be given, by root a first one with its folder's, so that at no
/// moment, a power failure's included, there is less than one of the two. One at a time for a path. Waits for the disk.
/// The error is the system's word for what went wrong, without the path.
[[nodiscard]] tl::expected<void, std::string> replace(const std::string& path, std::string_view text);

}  // namespace snom::file
