#include "tls/names.h"

#include <memory>
#include <string>

#include <openssl/err.h>
#include <openssl/x509.h>

#include "targets.h"

namespace snom::fuzz {

/// A certificate (DER) as a server shows it.
void certificate_names(std::string_view input) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(input.data());
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      d2i_X509(nullptr, &bytes, static_cast<long>(input.size())), X509_free);
  ERR_clear_error();
  if (!certificate) return;
  for (const std::string& name : tls::names_of(certificate.get())) {
    must(!name.empty(), "a name is not empty");
    if (name.find('*') == std::string::npos) must(tls::is_for(certificate.get(), name), "it is for each of its names");
  }
  must(!tls::is_for(certificate.get(), ""), "it is not for nobody");
  must(!tls::is_for(certificate.get(), "*"), "a pattern is no name");
  ERR_clear_error();
}

}  // namespace snom::fuzz
