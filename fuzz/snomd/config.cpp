#include "snomd/config.h"

#include "targets.h"

namespace snom::fuzz {

void config(std::string_view input) {
  // Files of this machine that it names are none of the fuzzer's.
  if (input.find("file") != std::string_view::npos && input.find_first_of("/\\") != std::string_view::npos) return;
  const auto read = snomd::parse_config(input, "snomd.toml");
  if (read) return must(!read->profiles.empty(), "a configuration has a profile");
  must(read.error().starts_with("snomd.toml:"), "an error says where");
  must_be_one_line(read.error());
}

}  // namespace snom::fuzz
