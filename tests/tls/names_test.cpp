#include "tls/names.h"

#include <gtest/gtest.h>

#include <memory>

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "tls/certificates.h"

namespace snom::tls {
namespace {

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

/// With these subject alternative names ("URI:sip:example.com,DNS:a"); empty: without any.
Certificate certificate(const std::string& alternatives, const std::string& common_name = "phone") {
  Certificate made(X509_new(), X509_free);
  X509_set_version(made.get(), X509_VERSION_3);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.data()),
                             static_cast<int>(common_name.size()), -1, 0);
  if (alternatives.empty()) return made;
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, alternatives.c_str()), X509_EXTENSION_free);
  EXPECT_TRUE(extension) << alternatives;
  X509_add_ext(made.get(), extension.get(), -1);
  return made;
}

using Names = std::vector<std::string>;

TEST(CertificateNames, OfASipUriComeBeforeThoseOfDns) {
  EXPECT_EQ(names_of(certificate("DNS:dns.example,URI:sip:SIP.example").get()), Names{"sip.example"});
  EXPECT_EQ(names_of(certificate("URI:sip:sip.example:5061;transport=tls").get()), Names{"sip.example"});
  EXPECT_EQ(names_of(certificate("DNS:Dns.Example,DNS:other.example").get()), (Names{"dns.example", "other.example"}));
}

TEST(CertificateNames, AUriOfAUserOrOfAnotherSchemeNamesNoDomain) {
  EXPECT_EQ(names_of(certificate("URI:sip:1000@sip.example,DNS:dns.example").get()), Names{"dns.example"});
  EXPECT_EQ(names_of(certificate("URI:https://web.example,DNS:dns.example").get()), Names{"dns.example"});
}

TEST(CertificateNames, TheCommonNameCountsOnlyWithoutAlternatives) {
  EXPECT_EQ(names_of(certificate("", "Common.Example").get()), Names{"common.example"});
  EXPECT_EQ(names_of(certificate("email:a@b", "common.example").get()), Names{});
}

TEST(CertificateNames, AddressesAreComparedAsAddresses) {
  const auto made = certificate("IP:192.0.2.7,IP:2001:db8::7");
  EXPECT_TRUE(is_for(made.get(), "192.0.2.7"));
  EXPECT_TRUE(is_for(made.get(), "2001:DB8:0::7"));
  EXPECT_FALSE(is_for(made.get(), "192.0.2.8"));
  // A name that reads like an address is none.
  EXPECT_FALSE(is_for(certificate("DNS:phone.example").get(), "192.0.2.7"));
}

TEST(CertificateNames, TheWholeNameCountsAndNoPattern) {
  const auto made = certificate("DNS:*.example,DNS:pbx.example");
  EXPECT_TRUE(is_for(made.get(), "PBX.example"));
  EXPECT_FALSE(is_for(made.get(), "a.example"));
  EXPECT_FALSE(is_for(made.get(), "*.example"));
  EXPECT_FALSE(is_for(made.get(), "a.pbx.example"));
  EXPECT_FALSE(is_for(made.get(), ""));
}

TEST(CertificateNames, ANulEndsNoName) {
  Certificate made(X509_new(), X509_free);
  GENERAL_NAMES* names = sk_GENERAL_NAME_new_null();
  GENERAL_NAME* name = GENERAL_NAME_new();
  ASN1_IA5STRING* text = ASN1_IA5STRING_new();
  constexpr char tricky[] = "pbx.example\0.evil.example";
  ASN1_STRING_set(text, tricky, sizeof tricky - 1);
  GENERAL_NAME_set0_value(name, GEN_DNS, text);
  sk_GENERAL_NAME_push(names, name);
  X509_add1_ext_i2d(made.get(), NID_subject_alt_name, names, 0, 0);
  GENERAL_NAMES_free(names);
  EXPECT_FALSE(is_for(made.get(), "pbx.example"));
}

}  // namespace
}  // namespace snom::tls
