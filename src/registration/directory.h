#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "registration/registration.h"

namespace snom::registration {

/// What a query means by "any": empty, or "*".
[[nodiscard]] bool means_any(std::string_view typed);

/// Where phones are registered. Called on control's thread; answers at once.
class Directory {
 public:
  virtual ~Directory() = default;

  /// What a user typed before "user": empty or "*" means any.
  struct Query {
    std::string profile;
    std::string user;
    std::string domain;
    friend bool operator==(const Query&, const Query&) = default;
  };

  /// All contacts that match, empty if nobody is registered. The error (what, why; for an administrator) tells of an
  /// unknown profile and lists those that exist.
  [[nodiscard]] virtual tl::expected<std::vector<RegistrationPointer>, std::string> find(const Query& query) const = 0;

  /// The address of record that a query means, whether a phone is registered under it or not; nullopt: there is no such
  /// account, or there are several.
  [[nodiscard]] virtual std::optional<std::string> account(const Query& query) const = 0;

  /// Queries that each find the contacts of one address of record in one profile, for lists that are made some phones
  /// at a time. In the order of all(), each one once.
  [[nodiscard]] virtual std::vector<Query> names() const;

  /// Everybody, for lists.
  [[nodiscard]] virtual std::vector<RegistrationPointer> all() const = 0;
};

/// The one account that "user@host" names, and no other: a part that means any ("*") names nobody.
[[nodiscard]] std::optional<Directory::Query> query_of(std::string_view address_of_record);
[[nodiscard]] std::vector<RegistrationPointer> contacts_of(const Directory& directory,
                                                           std::string_view address_of_record);

}  // namespace snom::registration
