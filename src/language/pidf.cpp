#include "language/pidf.h"

#include <pugixml.hpp>
#include <sstream>

namespace snom::language {

std::string write_pidf(std::string_view entity, Light light) {
  const bool closed = light == Light::offline || light == Light::error;
  pugi::xml_document document;
  pugi::xml_node root = document.append_child("presence");
  root.append_attribute("xmlns") = "urn:ietf:params:xml:ns:pidf";
  root.append_attribute("xmlns:dm") = "urn:ietf:params:xml:ns:pidf:data-model";
  root.append_attribute("xmlns:rpid") = "urn:ietf:params:xml:ns:pidf:rpid";
  root.append_attribute("entity") = std::string(entity).c_str();
  pugi::xml_node tuple = root.append_child("tuple");
  tuple.append_attribute("id") = "key";
  tuple.append_child("status")
      .append_child("basic")
      .append_child(pugi::node_pcdata)
      .set_value(closed ? "closed" : "open");
  tuple.append_child("note").append_child(pugi::node_pcdata).set_value(std::string(to_string(light)).c_str());
  if (!closed && light != Light::off) {
    pugi::xml_node person = root.append_child("dm:person");
    person.append_attribute("id") = "person";
    person.append_child("rpid:activities").append_child("rpid:on-the-phone");
  }
  std::ostringstream text;
  text << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  document.save(text, "", pugi::format_raw | pugi::format_no_declaration, pugi::encoding_utf8);
  return text.str();
}

}  // namespace snom::language
