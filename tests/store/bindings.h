#pragma once

#include <chrono>
#include <string>

#include "registration/kept_binding.h"

namespace snom::store::testing {

/// A phone's binding as a REGISTER of some time ago made it.
struct Bound {
  std::string user = "1000";
  std::string contact = "sip:1000@10.0.0.5;line=x";
  std::string call_id = "call";
  std::uint32_t cseq = 1;
  std::chrono::milliseconds ago{0};
  std::chrono::milliseconds lifetime{600'000};
  std::string instance = {};
  unsigned reg_id = 0;

  [[nodiscard]] registration::KeptBinding binding() const {
    const auto now = std::chrono::steady_clock::now();
    registration::Registration phone;
    phone.user = user;
    phone.domain = "example.com";
    phone.profile = "internal";
    phone.contact = contact;
    phone.network_host = "192.0.2.2";
    phone.network_port = 5060;
    phone.transport = "udp";
    phone.user_agent = "snom370/8.7.5.35";
    phone.call_id = call_id;
    phone.expires = now - ago + lifetime;
    phone.direct = false;
    registration::KeptBinding binding;
    binding.phone = std::move(phone);
    binding.instance = instance;
    binding.reg_id = reg_id;
    binding.q = "0.5";
    binding.cseq = cseq;
    binding.registered_at = now - ago;
    binding.next_hop = "udp:192.0.2.2:5060";
    binding.proxied = true;
    binding.path = {"<sip:192.0.2.2;lr;received=sip:192.0.2.7:1024>", "<sip:edge.example;lr>"};
    return binding;
  }
  [[nodiscard]] registration::RemovedBinding removal() const {
    return {user + "@example.com",
            "internal",
            contact,
            instance,
            reg_id,
            call_id,
            cseq,
            std::chrono::steady_clock::now() - ago};
  }
};

}  // namespace snom::store::testing
