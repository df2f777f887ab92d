#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace snom::file {

/// Who may read a file that is written.
enum class Access {
  owner_only,  ///< mode 0600
  as_before,   ///< the mode of the one that it replaces; where its group cannot be kept, no more than everybody has. A
               ///< first one has what the umask leaves of 0640: nothing in it is for everybody
};

/// Makes `text` the whole of a file: a new file beside it, `<path>.new`, is written, synced and renamed, with the owner
/// of the old one as far as that may be given, by root a first one with its folder's, so that at no moment, a power
/// failure's included, there is less than one of the two. One at a time for a path. Waits for the disk. The error is
/// the system's word for what went wrong, without the path.
[[nodiscard]] tl::expected<void, std::string> replace(const std::string& path, std::string_view text,
                                                      Access access = Access::owner_only);

/// Whether a file that is not there yet could be made, as far as that is known without making it: its folder is there,
/// and may be written to. True of one that is there. The error is as that of replace().
[[nodiscard]] tl::expected<void, std::string> check_can_be_made(const std::string& path);

/// The same in two steps, for many files of which either all or none are to change: `<path>.new` is written, whatever
/// was there before, and through no link that somebody put there. Not synced.
[[nodiscard]] tl::expected<void, std::string> write_beside(const std::string& path, std::string_view text,
                                                           Access access);
/// And it takes the place of `path`.
[[nodiscard]] tl::expected<void, std::string> take_place(const std::string& path);
/// Or it goes, if it is there.
void remove_beside(const std::string& path);

}  // namespace snom::file
