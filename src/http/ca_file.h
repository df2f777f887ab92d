#pragma once

#include <string>

#include <tl/expected.hpp>

namespace snom::http {

/// Whether a file can be WebClient::Options::ca_file: a regular one of at most file::text_limit bytes with certificates
/// in PEM. Any thread. The error says what was expected: "a file with certificates (PEM), /etc/ca is none".
[[nodiscard]] tl::expected<void, std::string> check_ca_file(const std::string& path);

}  // namespace snom::http
