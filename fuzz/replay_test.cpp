// What the fuzzers started from and what they found, tried again without them: every file of corpus/<target>, one test
// a target. Needs no clang.

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif

#include "targets.h"

namespace snom::fuzz {
namespace {

struct Entry {
  const char* name;
  Target target;
};

#define SNOM_ENTRY(target) \
  Entry { #target, target }
constexpr Entry entries[] = {
    SNOM_ENTRY(buttons_document),
    SNOM_ENTRY(command_line),
    SNOM_ENTRY(digest),
    SNOM_ENTRY(key_sequence),
    SNOM_ENTRY(percent),
    SNOM_ENTRY(persistent_client),
    SNOM_ENTRY(phone_model),
    SNOM_ENTRY(snom_xml),
    SNOM_ENTRY(typed_commands),
    SNOM_ENTRY(response_head),
    SNOM_ENTRY(urls),
    SNOM_ENTRY(bmp_to_png),
    SNOM_ENTRY(sdp),
    SNOM_ENTRY(certificate_names),
    SNOM_ENTRY(sip_uri),
    SNOM_ENTRY(asserted_identity),
    SNOM_ENTRY(config),
    SNOM_ENTRY(event_stream),
    SNOM_ENTRY(layout_csv),
    SNOM_ENTRY(layout_toml),
    SNOM_ENTRY(snomd_sip),
    SNOM_ENTRY(http_server),
    SNOM_ENTRY(web_client),
    SNOM_ENTRY(snomphone_sip),
    SNOM_ENTRY(virtual_phone),
    SNOM_ENTRY(ami),
    SNOM_ENTRY(ari_event),
    SNOM_ENTRY(hep),
    SNOM_ENTRY(phone_hands),
    SNOM_ENTRY(body_keys),
    SNOM_ENTRY(http_parameters),
    SNOM_ENTRY(node_letter),
    SNOM_ENTRY(tokens),
    SNOM_ENTRY(reginfo),
    SNOM_ENTRY(phone_settings),
    SNOM_ENTRY(xml_definition),
    SNOM_ENTRY(web_socket),
    SNOM_ENTRY(dialog_info),
    SNOM_ENTRY(subscribe),
    SNOM_ENTRY(resource_list),
};
#undef SNOM_ENTRY

/// The file under trial, for whoever reads how the process died.
char current_file[512] = "none";

void tell_file() {
  constexpr std::string_view said = "fuzz: died of corpus file ";
  [[maybe_unused]] auto written = write(STDERR_FILENO, said.data(), said.size());
  written = write(STDERR_FILENO, current_file, std::strlen(current_file));
  written = write(STDERR_FILENO, "\n", 1);
}

#ifdef __SANITIZE_ADDRESS__
void tell_file_on_death() { __sanitizer_set_death_callback(tell_file); }
#else
void tell_file_on_death() {
  for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) {
    std::signal(signal, [](int died_of) {
      tell_file();
      std::signal(died_of, SIG_DFL);
      raise(died_of);
    });
  }
}
#endif

std::vector<std::filesystem::path> inputs_of(const std::string& target) {
  std::vector<std::filesystem::path> files;
  for (const auto& file : std::filesystem::directory_iterator(std::filesystem::path(SNOM_CORPUS_DIR) / target))
    files.push_back(file.path());
  std::sort(files.begin(), files.end());
  return files;
}

class Replay final : public ::testing::Test {
 public:
  explicit Replay(const Entry& entry) : entry_(entry) {}

  void TestBody() override {
    const auto files = inputs_of(entry_.name);
    EXPECT_FALSE(files.empty()) << "a target without a corpus";
    for (const auto& file : files) {
      std::strncpy(current_file, file.c_str(), sizeof current_file - 1);
      std::ifstream stream(file, std::ios::binary);
      const std::string input{std::istreambuf_iterator<char>(stream), {}};
      ASSERT_TRUE(stream.good() || stream.eof()) << file;
      entry_.target(input);
    }
  }

 private:
  const Entry& entry_;
};

TEST(Corpus, EveryFolderBelongsToATarget) {
  std::set<std::string> names;
  for (const auto& entry : entries) names.insert(entry.name);
  for (const auto& folder : std::filesystem::directory_iterator(SNOM_CORPUS_DIR)) {
    if (folder.is_directory()) {
      EXPECT_TRUE(names.contains(folder.path().filename())) << folder.path();
    }
  }
}

}  // namespace
}  // namespace snom::fuzz

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  for (const auto& entry : snom::fuzz::entries)
    ::testing::RegisterTest("Corpus", entry.name, nullptr, nullptr, __FILE__, __LINE__,
                            [&entry]() -> ::testing::Test* { return new snom::fuzz::Replay(entry); });
  snom::fuzz::tell_file_on_death();
  return RUN_ALL_TESTS();
}
