#include "http/pin_store.h"

#include <sys/stat.h>

#include <sstream>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "file/read_file.h"
#include "file/write_file.h"
#include "language/percent.h"

namespace snom::http {
namespace {

constexpr std::string_view pin_start = "sha256/";

bool is_pin(std::string_view text) {
  return text.starts_with(pin_start) && text.size() == pin_start.size() + 64 &&
         text.find_first_not_of("0123456789abcdef", pin_start.size()) == std::string_view::npos;
}

std::string in_file(const std::string& name) {
  std::string text;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte == 0x7f || c == '%' || (c == '#' && text.empty())) {
      text += fmt::format("%{:02X}", byte);
    } else {
      text += c;
    }
  }
  return text;
}

tl::unexpected<std::string> not_written(const std::string& path, const std::string& why) {
  return tl::unexpected(fmt::format("{}: the file of pinned certificates cannot be written: {}", path, why));
}

}  // namespace

tl::expected<std::vector<std::string>, std::string> MemoryPins::find(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = pins_.find(name);
  return found == pins_.end() ? std::vector<std::string>{} : found->second;
}

tl::expected<void, std::string> MemoryPins::remember(const std::string& name, const std::string& pin) {
  const std::lock_guard lock(mutex_);
  pins_[name].push_back(pin);
  return {};
}

std::string MemoryPins::how_to_forget(const std::string& name) const {
  return fmt::format("restart the program: it keeps that of '{}' only as long as it runs", name);
}

tl::expected<std::unique_ptr<FilePins>, std::string> FilePins::open(const std::string& path) {
  std::unique_ptr<FilePins> pins(new FilePins(path));
  const std::lock_guard lock(pins->mutex_);
  if (!pins->version()) {
    if (auto made = pins->write(""); !made) return tl::unexpected(std::move(made.error()));
  }
  pins->read_.reset();
  if (auto read = pins->read_if_changed(); !read) return tl::unexpected(std::move(read.error()));
  return pins;
}

tl::expected<void, std::string> FilePins::check(const std::string& path) {
  if (auto checked = file::check_can_be_made(path); !checked) return not_written(path, checked.error());
  FilePins pins(path);
  const std::lock_guard lock(pins.mutex_);
  return pins.read_if_changed();
}

tl::expected<std::vector<std::string>, std::string> FilePins::find(const std::string& name) {
  const std::lock_guard lock(mutex_);
  if (auto read = read_if_changed(); !read) return tl::unexpected(std::move(read.error()));
  const auto found = pins_.find(name);
  return found == pins_.end() ? std::vector<std::string>{} : found->second;
}

tl::expected<void, std::string> FilePins::remember(const std::string& name, const std::string& pin) {
  const std::lock_guard lock(mutex_);
  if (auto read = read_if_changed(); !read) return read;
  std::string text = text_;
  if (!text.empty() && !text.ends_with('\n')) text += '\n';
  text += fmt::format("{} {}\n", in_file(name), pin);
  if (auto written = write(text); !written) return written;
  text_ = std::move(text);
  pins_[name].push_back(pin);
  return {};
}

std::string FilePins::how_to_forget(const std::string& name) const {
  return fmt::format("remove the line of '{}' from {}", in_file(name), path_);
}

std::optional<FilePins::Version> FilePins::version() const {
  struct stat status {};
  if (::stat(path_.c_str(), &status) != 0) return std::nullopt;
  return Version{status.st_ino, status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

tl::expected<void, std::string> FilePins::read_if_changed() {
  const auto now = version();
  if (now && now == read_) return {};
  std::string text;
  if (now) {
    auto read = file::read(path_);
    if (!read) return tl::unexpected("the file of pinned certificates cannot be read: " + read.error());
    text = std::move(*read);
  }
  std::unordered_map<std::string, std::vector<std::string>> pins;
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    std::istringstream words(line);
    std::string name;
    std::string pin;
    std::string more;
    if (!(words >> name) || name.starts_with('#')) continue;
    if (!(words >> pin) || !is_pin(pin) || words >> more) {
      return tl::unexpected(
          fmt::format("{}:{}: expected a phone's name and sha256/ with 64 hex digits (0-9 a-f)", path_, number));
    }
    pins[language::percent_decode(name)].push_back(std::move(pin));
  }
  text_ = std::move(text);
  pins_ = std::move(pins);
  read_ = now;
  return {};
}

tl::expected<void, std::string> FilePins::write(const std::string& text) {
  if (auto written = file::replace(path_, text); !written) return not_written(path_, written.error());
  read_ = version();
  return {};
}

}  // namespace snom::http
