#include "snomctl/provision.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "control/phone_selector.h"
#include "file/read_file.h"
#include "file/write_file.h"
#include "language/percent.h"
#include "language/phone_model.h"
#include "language/text.h"
#include "layout/provisioning.h"
#include "snomctl/answer_json.h"
#include "snomctl/find_phones.h"

namespace snom::snomctl {
namespace {

namespace fs = std::filesystem;
using layout::KeyType;
using layout::ProvisioningOptions;
using layout::SettingsFile;
using layout::WholeLayout;

int complain(const std::string& what, int status) {
  fmt::print(stderr, "snomctl: provision: {}\n", language::printable(what));
  return status;
}

int complain_of_layout(const std::vector<std::string>& errors) {
  for (const auto& error : errors) fmt::print(stderr, "{}\n", language::printable(error));
  return complain("nothing was written", nothing_written);
}

std::string counted(std::size_t count, std::string_view one, std::string_view several) {
  return fmt::format("{} {}", count, count == 1 ? one : several);
}

/// What snomd knows of the models of phones that are registered.
tl::expected<void, std::string> ask_models(const Client& client, ProvisioningOptions& options) {
  const auto answer = client.get("/v1/phones");
  if (!answer) return tl::unexpected(answer.error().text);
  for (const auto& contact : list_of(*answer, "phones")) {
    const auto model = language::parse_user_agent(text_of(contact, "user_agent"));
    if (!model || model->name.empty()) continue;
    options.models.emplace(fmt::format("{}@{}", text_of(contact, "user"), text_of(contact, "domain")), model->name);
  }
  return {};
}

/// Phones whose keys may ask for something, as far as the layout says it.
std::vector<std::string> phones_of(const WholeLayout& layout, KeyType type, KeyType otherwise) {
  std::vector<std::string> phones;
  for (const auto& [phone, keys] : layout.keys) {
    const auto kind = layout.phones.find(phone);
    const auto said = kind == layout.phones.end() ? std::nullopt : kind->second.keys;
    if (said.value_or(otherwise) == type) phones.push_back(phone);
  }
  return phones;
}

/// What snomd says that keys of listed phones ask for; it says it of one phone at a time.
tl::expected<void, std::string> ask_presses(const Client& client, const std::vector<std::string>& phones,
                                            const std::string& server, ProvisioningOptions& options) {
  for (const auto& phone : phones) {
    const auto answer = client.get("/v1/phones/" + language::percent_encode(phone) + "/buttons");
    if (!answer) return tl::unexpected(answer.error().text);
    auto& keys = options.presses[phone];
    for (const auto& button : list_of(*answer, "buttons")) {
      if (const auto path = text_of(button, "press"); !path.empty()) keys[text_of(button, "key")] = server + path;
    }
  }
  return {};
}

/// Names files after their phones' MACs; the first phone without is an error.
tl::expected<void, std::string> check_names(const WholeLayout& layout, const std::string& file) {
  for (const auto& [phone, keys] : layout.keys) {
    const auto kind = layout.phones.find(phone);
    if (keys.empty() || (kind != layout.phones.end() && !kind->second.mac.empty())) continue;
    return tl::unexpected(fmt::format("{}:{}: mac: {} has none here, and --names mac names files by it", file,
                                      keys.begin()->second.line, phone));
  }
  return {};
}

bool is_there_already(const fs::path& path, const std::string& text) {
  const auto there = file::read(path.string());
  return there && *there == text;
}

/// What root makes for a service is of use where the service may look into it: a new folder has the owner of the one
/// that it is in.
void give_to_owner_of_the_one_above(const fs::path& folder) {
  if (::geteuid() != 0) return;
  struct stat owner {};
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  const bool given = descriptor >= 0 && ::fstatat(descriptor, "..", &owner, 0) == 0 &&
                     ::fchown(descriptor, owner.st_uid, owner.st_gid) == 0;
  if (!given) complain(fmt::format("{} stays root's: {}", folder.string(), std::generic_category().message(errno)), 0);
  if (descriptor >= 0) ::close(descriptor);
}

/// Beside each file a new one, and when all are there, each takes the place of the old one.
class Writing {
 public:
  explicit Writing(fs::path folder) : folder_(std::move(folder)) {}
  ~Writing() {
    for (const auto& path : new_files_) file::remove_beside(path);
  }
  Writing(const Writing&) = delete;
  Writing& operator=(const Writing&) = delete;

  tl::expected<void, std::string> prepare(const SettingsFile& file) {
    new_files_.push_back((folder_ / file.name).string());
    return named(file::write_beside(new_files_.back(), file.text, file::Access::as_before));
  }
  tl::expected<void, std::string> finish() {
    while (!new_files_.empty()) {
      if (auto done = named(file::take_place(new_files_.back())); !done) return done;
      new_files_.pop_back();
    }
    return {};
  }

 private:
  [[nodiscard]] tl::expected<void, std::string> named(const tl::expected<void, std::string>& done) const {
    if (done) return {};
    return tl::unexpected(fmt::format("{} cannot be written: {}", new_files_.back(), done.error()));
  }

  fs::path folder_;
  std::vector<std::string> new_files_;
};

int write(const std::vector<SettingsFile>& files, const std::string& output) {
  const fs::path folder(output);
  std::error_code failed;
  if (fs::create_directory(folder, failed)) give_to_owner_of_the_one_above(folder);
  if (!fs::is_directory(folder, failed)) {
    return complain(fmt::format("--output: {} is no folder, and cannot be made one", output), not_written);
  }
  Writing writing(folder);
  std::size_t same = 0;
  std::size_t keys = 0;
  for (const auto& file : files) {
    keys += file.keys;
    if (is_there_already(folder / file.name, file.text)) {
      ++same;
    } else if (const auto done = writing.prepare(file); !done) {
      return complain(done.error(), not_written);
    }
  }
  if (const auto done = writing.finish(); !done) return complain(done.error(), not_written);
  fmt::print("{} of {} in {}: {} written, {} as before\n", counted(keys, "key", "keys"),
             counted(files.size(), "phone", "phones"), language::printable(output), files.size() - same, same);
  return all_written;
}

}  // namespace

int provision(const Client& client, const ProvisionOptions& options) {
  if (!options.press_server.empty()) {
    if (const auto usable = check_whole_url(options.press_server); !usable) {
      return complain("--press-server: " + usable.error(), nothing_written);
    }
  }
  const auto format = layout::layout_format(options.layout);
  if (!format) return complain(format.error(), nothing_written);
  const auto text = file::read(options.layout);
  if (!text) return complain(text.error(), nothing_written);
  auto layout = layout::parse_whole_layout(*text, options.layout, *format);
  if (!layout) return complain_of_layout(layout.error());

  ProvisioningOptions wanted;
  wanted.model = control::plain_model(options.model);
  wanted.modules = options.modules;
  const auto type = layout::parse_key_type(options.keys);
  if (!type) return complain("--keys: " + type.error().message, nothing_written);
  wanted.keys = *type;
  if (options.addresses == "asterisk") wanted.notifier = layout::Notifier::asterisk;
  if (!layout::phones_without_model(*layout, wanted).empty()) {
    if (const auto asked = ask_models(client, wanted); !asked) {
      return complain(fmt::format("neither {} nor --model says which Snom {} is, and snomd cannot be asked: {}",
                                  options.layout, layout::phones_without_model(*layout, wanted).front(), asked.error()),
                      not_written);
    }
  }
  if (const auto phones = phones_of(*layout, KeyType::url, wanted.keys); !phones.empty()) {
    if (options.press_server.empty()) {
      return complain(
          "--press-server: is needed for keys of type url (expected where phones reach snomd's HTTP "
          "interface, as http://192.0.2.3:8080)",
          nothing_written);
    }
    if (const auto asked = ask_presses(client, phones, options.press_server, wanted); !asked) {
      return complain(asked.error(), not_written);
    }
  }
  // These call, unless they are to ask.
  if (const auto phones = phones_of(*layout, KeyType::xml, wanted.keys); !options.press_server.empty()) {
    if (const auto asked = ask_presses(client, phones, options.press_server, wanted); !asked) {
      return complain(asked.error(), not_written);
    }
  }
  if (options.names == "mac") {
    if (const auto named = check_names(*layout, options.layout); !named) return complain_of_layout({named.error()});
  } else {
    for (auto& [phone, kind] : layout->phones) kind.mac.clear();
  }
  const auto files = layout::make_settings_files(*layout, wanted, options.layout);
  if (!files) return complain_of_layout(files.error());
  return write(*files, options.output);
}

}  // namespace snom::snomctl
