#include "language/resource_list.h"

#include <algorithm>
#include <charconv>
#include <sstream>
#include <utility>

#include "language/text.h"
#include "language/xml_shape.h"

namespace snom::language {
namespace {

constexpr XmlBounds list_bounds{64, 4096};
constexpr std::size_t most_resources = 512;
constexpr std::size_t most_parts = 600;
constexpr std::size_t longest_body = 64 * 1024;
constexpr std::size_t longest_part_head = 4096;
constexpr std::size_t longest_boundary = 70;

tl::unexpected<Error> refuse_list(std::string why) { return tl::unexpected(Error{"rlmi", std::move(why)}); }
tl::unexpected<Error> refuse(std::string why) { return tl::unexpected(Error{"multipart", std::move(why)}); }

/// A Content-ID is a cid in pointed brackets (RFC 2392 section 2).
std::string_view without_brackets(std::string_view id) {
  id = trimmed(id);
  if (id.size() < 2 || id.front() != '<' || id.back() != '>') return {};
  return id.substr(1, id.size() - 2);
}

/// The value of a parameter of a header's value (RFC 2045 section 5.1); nullopt: it is not there.
std::optional<std::string> parameter(std::string_view header, std::string_view name) {
  std::size_t at = std::min(header.find(';'), header.size());
  while (at < header.size()) {
    ++at;  // the semicolon
    const auto equals = header.find_first_of("=;", at);
    if (equals == std::string_view::npos) return std::nullopt;
    if (header[equals] == ';') {
      at = equals;
      continue;
    }
    const bool is_it = equal_ignoring_case(trimmed(header.substr(at, equals - at)), name);
    at = std::min(header.find_first_not_of(" \t", equals + 1), header.size());
    std::string value;
    if (at < header.size() && header[at] == '"') {
      for (++at; at < header.size() && header[at] != '"'; ++at) {
        if (header[at] == '\\' && at + 1 < header.size()) ++at;
        value += header[at];
      }
      if (at == header.size()) return std::nullopt;
      at = std::min(header.find(';', at), header.size());
    } else {
      const auto end = std::min(header.find(';', at), header.size());
      value = trimmed(header.substr(at, end - at));
      at = end;
    }
    if (is_it) return value;
  }
  return std::nullopt;
}

std::string type_of(std::string_view content_type) {
  return lower_case(trimmed(content_type.substr(0, content_type.find(';'))));
}

/// One part, its head and its body.
tl::expected<BodyPart, Error> parse_part(std::string_view text) {
  BodyPart part;
  std::string_view rest = text;
  while (true) {
    const auto end = rest.find("\r\n");
    if (end == std::string_view::npos) return refuse("a part has no empty line behind its headers");
    if (static_cast<std::size_t>(rest.data() - text.data()) + end > longest_part_head) {
      return refuse("the headers of a part are longer than " + std::to_string(longest_part_head) + " bytes");
    }
    const auto line = rest.substr(0, end);
    rest.remove_prefix(end + 2);
    if (line.empty()) break;
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return refuse("a header of a part has no colon");
    const auto name = trimmed(line.substr(0, colon));
    const auto value = trimmed(line.substr(colon + 1));
    if (equal_ignoring_case(name, "Content-ID")) part.content_id = without_brackets(value);
    if (equal_ignoring_case(name, "Content-Type")) part.content_type = type_of(value);
    if (equal_ignoring_case(name, "Content-Transfer-Encoding")) {
      const auto encoding = lower_case(value);
      if (encoding != "binary" && encoding != "8bit" && encoding != "7bit") return refuse("a part is encoded");
    }
  }
  if (part.content_type.starts_with("multipart/")) return refuse("a part has parts itself");
  part.body = rest;
  return part;
}

bool is_boundary(std::string_view boundary) {
  const auto is_allowed = [](char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return letter || std::string_view("'()+_,-./:=? ").find(c) != std::string_view::npos;
  };
  return !boundary.empty() && boundary.size() <= longest_boundary && boundary.back() != ' ' &&
         std::ranges::all_of(boundary, is_allowed);
}

tl::expected<ListedResource, Error> parse_resource(const pugi::xml_node& element) {
  ListedResource resource;
  resource.uri = element.attribute("uri").value();
  if (resource.uri.empty()) return refuse_list("a resource has no uri");
  for (const pugi::xml_node& instance : element.children()) {
    if (local_name(instance) != "instance") continue;
    const std::string_view state = instance.attribute("state").value();
    if (state != "active" && state != "pending" && state != "terminated")
      return refuse_list("an instance is in a state that RFC 4662 does not know");
    resource.is_terminated = state == "terminated";
    resource.cid = instance.attribute("cid").value();
    break;
  }
  return resource;
}

}  // namespace

std::string write_resource_list(const ResourceList& list) {
  pugi::xml_document document;
  pugi::xml_node root = document.append_child("list");
  root.append_attribute("xmlns") = "urn:ietf:params:xml:ns:rlmi";
  root.append_attribute("uri") = list.uri.c_str();
  root.append_attribute("version") = std::to_string(list.version).c_str();
  root.append_attribute("fullState") = list.is_full ? "true" : "false";
  for (const ListedResource& resource : list.resources) {
    pugi::xml_node element = root.append_child("resource");
    element.append_attribute("uri") = resource.uri.c_str();
    if (resource.cid.empty() && !resource.is_terminated) continue;
    pugi::xml_node instance = element.append_child("instance");
    instance.append_attribute("id") = "1";
    instance.append_attribute("state") = resource.is_terminated ? "terminated" : "active";
    if (resource.is_terminated) instance.append_attribute("reason") = "noresource";
    if (!resource.cid.empty()) instance.append_attribute("cid") = resource.cid.c_str();
  }
  std::ostringstream text;
  text << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  document.save(text, "", pugi::format_raw | pugi::format_no_declaration, pugi::encoding_utf8);
  return text.str();
}

tl::expected<ResourceList, Error> parse_resource_list(std::string_view text) {
  auto document = parse_foreign_xml(text, list_bounds);
  if (!document) return refuse_list(document.error().message);
  const pugi::xml_node root = (*document)->document_element();
  if (local_name(root) != "list") return refuse_list("it is no list");
  ResourceList list;
  list.uri = root.attribute("uri").value();
  const std::string_view version = root.attribute("version").value();
  const auto [end, error] = std::from_chars(version.data(), version.data() + version.size(), list.version);
  if (version.empty() || error != std::errc() || end != version.data() + version.size())
    return refuse_list("version is no number of 32 bits");
  const std::string_view full = root.attribute("fullState").value();
  if (full != "true" && full != "false" && full != "1" && full != "0")
    return refuse_list("fullState is neither true nor false");
  list.is_full = full == "true" || full == "1";
  for (const pugi::xml_node& element : root.children()) {
    if (local_name(element) != "resource") continue;
    if (list.resources.size() == most_resources)
      return refuse_list("more than " + std::to_string(most_resources) + " resources");
    auto resource = parse_resource(element);
    if (!resource) return tl::unexpected(resource.error());
    list.resources.push_back(std::move(*resource));
  }
  return list;
}

std::string related_type(std::string_view boundary, const BodyPart& root) {
  return std::string(related_content_type)
      .append(";type=\"")
      .append(root.content_type)
      .append("\";start=\"<")
      .append(root.content_id)
      .append(">\";boundary=\"")
      .append(boundary)
      .append("\"");
}

std::string write_related(std::string_view boundary, const std::vector<BodyPart>& parts) {
  std::string body;
  for (const BodyPart& part : parts) {
    body.append("--").append(boundary).append("\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <");
    body.append(part.content_id).append(">\r\nContent-Type: ").append(part.content_type);
    body.append(";charset=\"UTF-8\"\r\n\r\n").append(part.body).append("\r\n");
  }
  return body.append("--").append(boundary).append("--\r\n");
}

tl::expected<std::vector<BodyPart>, Error> parse_related(std::string_view content_type, std::string_view body) {
  if (type_of(content_type) != related_content_type) return refuse("it is no multipart/related");
  const auto boundary = parameter(content_type, "boundary");
  if (!boundary || !is_boundary(*boundary)) return refuse("Content-Type names no boundary that RFC 2046 allows");
  if (body.size() > longest_body) return refuse("more than " + std::to_string(longest_body / 1024) + " KiB");
  const std::string first = "--" + *boundary;
  const std::string delimiter = "\r\n" + first;
  // What stands before the first boundary and behind the last one is for nobody.
  std::size_t at = body.starts_with(first) ? first.size() : body.find(delimiter);
  if (at == std::string_view::npos) return refuse("its boundary is not there");
  if (!body.starts_with(first)) at += delimiter.size();
  std::vector<BodyPart> parts;
  while (!body.substr(at).starts_with("--")) {
    const auto line_end = body.find("\r\n", at);
    if (line_end == std::string_view::npos || !trimmed(body.substr(at, line_end - at)).empty())
      return refuse("a boundary is not at the end of its line");
    // A part without headers begins with the empty line; what ends it may be that line's own end.
    const auto begin = line_end + 2;
    const auto end = body.find(delimiter, line_end);
    if (end == std::string_view::npos) return refuse("the last boundary is missing");
    if (parts.size() == most_parts) return refuse("more than " + std::to_string(most_parts) + " parts");
    auto part = parse_part(end < begin ? std::string_view() : body.substr(begin, end - begin));
    if (!part) return tl::unexpected(part.error());
    parts.push_back(std::move(*part));
    at = end + delimiter.size();
  }
  if (parts.empty()) return refuse("it has no part");
  if (const auto start = parameter(content_type, "start")) {
    const auto root = std::ranges::find(parts, without_brackets(*start), &BodyPart::content_id);
    if (root == parts.end()) return refuse("the part that start names is not there");
    std::rotate(parts.begin(), root, root + 1);
  }
  return parts;
}

}  // namespace snom::language
