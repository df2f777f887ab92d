#include "sip/server_request.h"

#include <openssl/sha.h>

#include <array>
#include <cstdio>
#include <functional>
#include <new>
#include <utility>
#include <vector>

#include "runtime/random.h"

namespace snom::sip {

ServerRequest::ServerRequest(nta_agent_t* agent, msg_t* message, sip_t* sip, std::string_view server_name)
    : agent_(agent), message_(message), sip_(sip), source_(source_of(agent, message)), server_name_(server_name) {}

sip_method_t ServerRequest::method() const { return sip_request(sip_)->rq_method; }

std::string_view ServerRequest::method_name() const { return text(sip_request(sip_)->rq_method_name); }

const url_t* ServerRequest::uri() const { return sip_request(sip_)->rq_url; }

std::string ServerRequest::transaction_key(std::string_view of_method) const {
  const sip_via_t* via = sip_via(sip_);
  std::string key;
  key.append(of_method).append(" ").append(url_text(uri())).append("\n");
  key.append(text(via->v_branch)).append("\n").append(text(via->v_host)).append(":").append(text(via->v_port));
  key.append("\n").append(text(sip_call_id(sip_)->i_id)).append("\n");
  key.append(std::to_string(sip_cseq(sip_)->cs_seq)).append("\n");
  for (const sip_addr_t* party : {sip_from(sip_), sip_to(sip_)})
    key.append(url_text(party->a_url)).append("\n").append(text(party->a_tag)).append("\n");
  key.append(source_.to_string());
  return key;
}

Fingerprint ServerRequest::fingerprint() const {
  std::size_t size = 0;
  const char* whole = msg_as_string(msg_home(message_.get()), message_.get(), nullptr, 0, &size);
  if (whole == nullptr) throw std::bad_alloc();
  Fingerprint digest{};
  static_assert(sizeof digest == SHA256_DIGEST_LENGTH);
  SHA256(reinterpret_cast<const unsigned char*>(whole), size, digest.data());
  return digest;
}

std::string ServerRequest::listener() const {
  const tport_t* by = tport_delivered_by(nta_agent_tports(agent_), message_.get());
  return by == nullptr ? std::string() : std::string(text(tport_ident(tport_parent(by))));
}

std::shared_ptr<void> ServerRequest::connection() const {
  tport_t* by = tport_delivered_by(nta_agent_tports(agent_), message_.get());
  if (by == nullptr || !tport_is_secondary(by)) return nullptr;
  return {tport_ref(by), [](void* tport) { tport_unref(static_cast<tport_t*>(tport)); }};
}

std::string ServerRequest::to_tag() const {
  // Made of the request, so that a repetition is answered with the same tag though nothing was kept (section 8.2.7);
  // and of what nobody else knows, so that nobody can work out the tag of a dialog that is not his (section 19.3).
  static const std::vector<unsigned char> secret = runtime::random_bytes(16);
  std::string hashed(secret.begin(), secret.end());
  hashed += transaction_key(method_name());
  char tag[2 * sizeof(std::size_t) + 1];
  std::snprintf(tag, sizeof tag, "%zx", std::hash<std::string>{}(hashed));
  return tag;
}

void ServerRequest::answer(int status, const std::string& phrase, const std::vector<ReplyHeader>& headers) {
  if (message_ == nullptr) return;
  MessageRef reply(nta_msg_create(agent_, 0));
  sip_t* out = sip_object(reply.get());
  if (out == nullptr) return message_.reset();
  su_home_t* home = msg_home(reply.get());

  sip_to_t* to = sip_to_dup(home, sip_to(sip_));
  if (to != nullptr && to->a_tag == nullptr) sip_to_tag(home, to, to_tag().c_str());
  if (to != nullptr)
    msg_header_insert(reply.get(), reinterpret_cast<msg_pub_t*>(out), reinterpret_cast<msg_header_t*>(to));
  for (const ReplyHeader& header : headers) sip_add_make(reply.get(), out, header.header, header.value.c_str());
  sip_add_make(reply.get(), out, sip_server_class, std::string(server_name_).c_str());

  const char* usual = sip_status_phrase(status);
  // Both messages are the library's from here on.
  nta_msg_mreply(agent_, reply.release(), out, status, phrase.empty() ? usual : phrase.c_str(), message_.release(),
                 TAG_END());
}

}  // namespace snom::sip
