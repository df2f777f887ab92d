#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "language/error.h"

/// States of many resources in one notification (RFC 4662): a list of them, and a document for each that has news, in
/// one body of type multipart/related (RFC 2387). Pure functions.
namespace snom::language {

/// Content-Type of the list itself, and the option tag of who takes such notifications (RFC 4662 sections 5 and 4.1).
inline constexpr std::string_view rlmi_content_type = "application/rlmi+xml";
inline constexpr std::string_view related_content_type = "multipart/related";
inline constexpr std::string_view eventlist_option = "eventlist";

/// What is said of one resource.
struct ListedResource {
  std::string uri;       ///< "sip:snom+1000-2@example.com"
  std::string cid = {};  ///< Content-ID of the document with its state, without <>; empty: nothing is told of it now
  bool is_terminated = false;  ///< its subscription has ended; with a cid the document is the last one
  bool operator==(const ListedResource&) const = default;
};

/// A document of type application/rlmi+xml.
struct ResourceList {
  std::string uri;            ///< of the list: "sip:snom+1000-*@example.com"
  std::uint32_t version = 0;  ///< 0 first, and one more in each notification (section 5.2)
  bool is_full = true;        ///< all that the list has, in place of those that have news
  std::vector<ListedResource> resources;
  bool operator==(const ResourceList&) const = default;
};

[[nodiscard]] std::string write_resource_list(const ResourceList& list);

/// Reads what comes from outside: at most 64 KiB of UTF-8, 8 levels, 4096 elements, 512 resources; no DOCTYPE. Of
/// several instances of a resource the first counts. The error's argument is "rlmi".
[[nodiscard]] tl::expected<ResourceList, Error> parse_resource_list(std::string_view text);

/// One document of several in a body.
struct BodyPart {
  std::string content_id;    ///< without <>; empty = none
  std::string content_type;  ///< "application/dialog-info+xml", in lower case, without parameters
  std::string body;
  bool operator==(const BodyPart&) const = default;
};

/// Value of Content-Type for such a body: the first part is its root.
[[nodiscard]] std::string related_type(std::string_view boundary, const BodyPart& root);
/// The body. `boundary`: of at most 70 letters, digits and '-'; nowhere in a part at the beginning of a line behind
/// "--".
[[nodiscard]] std::string write_related(std::string_view boundary, const std::vector<BodyPart>& parts);

/// Reads such a body; the root comes first. `content_type`: the whole value of Content-Type, with `boundary` and, where
/// the root is not the first one, `start`. At most 64 KiB, 600 parts, 4 KiB of headers each; parts that are encoded
/// (other than 7bit, 8bit, binary) or have parts themselves are refused. The error's argument is "multipart".
[[nodiscard]] tl::expected<std::vector<BodyPart>, Error> parse_related(std::string_view content_type,
                                                                       std::string_view body);

}  // namespace snom::language
