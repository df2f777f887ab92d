#include "http/ca_file.h"

#include <fmt/format.h>

#include "file/read_file.h"

namespace snom::http {

tl::expected<void, std::string> check_ca_file(const std::string& path) {
  const auto text = file::read(path);
  if (!text) return tl::unexpected(fmt::format("a file with certificates that can be read ({})", text.error()));
  if (text->find("-----BEGIN CERTIFICATE-----") == std::string::npos) {
    return tl::unexpected(fmt::format("a file with certificates (PEM), {} is none", path));
  }
  return {};
}

}  // namespace snom::http
