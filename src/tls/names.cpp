#include "tls/names.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <memory>

#include <openssl/x509v3.h>

namespace snom::tls {
namespace {

std::string lower(std::string_view text) {
  std::string small(text);
  std::ranges::transform(small, small.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return small;
}

std::string text_of(const ASN1_STRING* string) {
  const auto* bytes = reinterpret_cast<const char*>(ASN1_STRING_get0_data(string));
  return {bytes, static_cast<std::size_t>(ASN1_STRING_length(string))};
}

/// As inet_ntop writes it; other texts in small letters.
std::string plain(std::string_view name) {
  std::string text(name);
  std::array<unsigned char, 16> bytes{};
  std::array<char, INET6_ADDRSTRLEN> written{};
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) {
    return inet_ntop(AF_INET6, bytes.data(), written.data(), written.size());
  }
  return lower(text);
}

/// The host of "sip:example.com"; empty for another scheme, and for a URI with a user: that is no domain's.
std::string host_of_sip_uri(std::string_view uri) {
  constexpr std::string_view scheme = "sip:";
  if (lower(uri.substr(0, scheme.size())) != scheme) return {};
  uri.remove_prefix(scheme.size());
  if (uri.find('@') != std::string_view::npos) return {};
  uri = uri.substr(0, uri.find_first_of(";?"));
  if (uri.starts_with('[')) return plain(uri.substr(1, uri.find(']') - 1));
  return plain(uri.substr(0, uri.find(':')));
}

std::string address_of(const ASN1_OCTET_STRING* bytes) {
  std::array<char, INET6_ADDRSTRLEN> written{};
  const int length = ASN1_STRING_length(bytes);
  if (length != 4 && length != 16) return {};
  return inet_ntop(length == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(bytes), written.data(), written.size());
}

std::string common_name(const X509* certificate) {
  const X509_NAME* subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0) return {};
  return text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
}

}  // namespace

std::vector<std::string> names_of(const X509* certificate) {
  const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> alternatives(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
      GENERAL_NAMES_free);
  if (!alternatives) {
    // A list of alternative names that cannot be read is no missing one.
    if (X509_get_ext_by_NID(certificate, NID_subject_alt_name, -1) >= 0) return {};
    std::string name = plain(common_name(certificate));
    return name.empty() ? std::vector<std::string>{} : std::vector<std::string>{std::move(name)};
  }
  std::vector<std::string> uris;
  std::vector<std::string> hosts;
  std::vector<std::string> addresses;
  for (int i = 0; i < sk_GENERAL_NAME_num(alternatives.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(alternatives.get(), i);
    if (name->type == GEN_URI) uris.push_back(host_of_sip_uri(text_of(name->d.uniformResourceIdentifier)));
    if (name->type == GEN_DNS) hosts.push_back(lower(text_of(name->d.dNSName)));
    if (name->type == GEN_IPADD) addresses.push_back(address_of(name->d.iPAddress));
  }
  std::erase(uris, "");
  std::vector<std::string> names = uris.empty() ? std::move(hosts) : std::move(uris);
  names.insert(names.end(), addresses.begin(), addresses.end());
  std::erase(names, "");
  return names;
}

bool is_for(const X509* certificate, std::string_view name) {
  const std::string wanted = plain(name);
  if (wanted.empty() || wanted.find('*') != std::string::npos) return false;
  const auto names = names_of(certificate);
  return std::ranges::find(names, wanted) != names.end();
}

}  // namespace snom::tls
