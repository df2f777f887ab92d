#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "access/gate.h"
#include "http/server.h"

namespace snom::snomd {

/// Who changed what over HTTP, from where, and how it ended: a line of JSON each, in a file or in the log. No secrets.
/// Any thread; the line is with the system when write() returns.
class AuditLog final {
 public:
  /// `path`: a file that lines are added to, made with mode 0600; empty: the log, at level info, of callers without a
  /// token at level debug. The error is for an administrator.
  [[nodiscard]] static tl::expected<std::unique_ptr<AuditLog>, std::string> open(const std::string& path);
  /// What open() would say of this file, as far as that is known without making it.
  [[nodiscard]] static tl::expected<void, std::string> check(const std::string& path);
  ~AuditLog();
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;

  /// Opens the file anew, by its name: another program has taken the old one away (logrotate). One that cannot be
  /// opened is said in the log, and the old one is kept; the error says it, too.
  tl::expected<void, std::string> reopen();

  /// A change that was asked for.
  struct Change {
    std::string who;   ///< name of the token; empty: none is wanted
    std::string role;  ///< what it is good for
    std::string from;  ///< "192.0.2.7:40000"
    std::string method;
    std::string path;  ///< as sent
    std::string what;  ///< of the body, without secrets
    std::chrono::steady_clock::time_point begun;
  };
  /// Whether changes of this caller are written anywhere, as the log's level is.
  [[nodiscard]] bool keeps(std::string_view who) const;
  /// `body`: of the answer.
  void write(const Change& change, int status, std::string_view content_type, std::string_view body);

 private:
  AuditLog(std::string path, int file) : path_(std::move(path)), file_(file) {}

  const std::string path_;
  std::mutex mutex_;  ///< for all below
  int file_;          ///< -1: to the log
  std::chrono::steady_clock::time_point complained_{};
};

/// Whether a request changes something, as far as its method says (RFC 9110 section 9.2.1).
[[nodiscard]] bool is_change(std::string_view method);
/// What may be written of a request's body: of /v1/command the line without passwords, of JSON the same of each text in
/// it, else how long it is. At most about 500 bytes.
[[nodiscard]] std::string shown_body(const http::Request& request);

}  // namespace snom::snomd
