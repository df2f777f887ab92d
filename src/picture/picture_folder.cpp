#include "picture/picture_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include <fmt/format.h>

#include "picture/png.h"

namespace snom::picture {
namespace {

bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

void PictureFolder::keep(std::string name, std::string bmp, Done done) {
  const auto bytes = bmp.size();
  const auto told = std::make_shared<Done>(std::move(done));
  const auto taken = workroom_.run(bytes, [folder = folder_, name = std::move(name), bmp = std::move(bmp),
                                           &control = control_, told](std::string_view why_not) {
    auto kept = why_not.empty() ? write_picture(folder, name, bmp) : tl::unexpected(std::string(why_not));
    control.post([told, kept = std::move(kept)]() mutable { (*told)(std::move(kept)); });
  });
  if (!taken) {
    control_.post([told, why = std::string(taken.error())]() mutable { (*told)(tl::unexpected(std::move(why))); });
  }
}

tl::expected<void, std::string> write_picture(const std::string& folder, const std::string& name,
                                              std::string_view bmp) {
  // Control lets no other names through; a folder is worth a second look.
  if (name.empty() || name.front() == '.' || name.find('/') != std::string::npos) {
    return tl::unexpected(fmt::format("'{}' is not the name of a file", name));
  }
  auto png = png_of_bmp(bmp);
  if (!png) return tl::unexpected(std::move(png.error()));
  const auto path = folder + "/" + name;
  const auto part = fmt::format("{}/.{}.part", folder, name);
  const auto failed = [&path] {
    return tl::unexpected(fmt::format("cannot write {}: {}", path, std::strerror(errno)));
  };
  ::unlink(part.c_str());
  const int file =
      ::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR | S_IRGRP);
  if (file < 0) return failed();
  const bool written = write_all(file, *png);
  const int error = errno;
  if (::close(file) != 0 || !written || std::rename(part.c_str(), path.c_str()) != 0) {
    if (!written) errno = error;
    auto why = failed();
    ::unlink(part.c_str());
    return why;
  }
  return {};
}

}  // namespace snom::picture
