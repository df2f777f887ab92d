#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "registration/source.h"

/// What every source of registrations keeps to. A room that has one makes a rig for it and instantiates the suite.
namespace snom::registration::testing {

/// A source with profile "internal" of domain "example.com" (and no other profile), before what it has its
/// registrations from: there phones of the users 1000 and 1001 come and go.
class SourceRig {
 public:
  virtual ~SourceRig() = default;
  [[nodiscard]] virtual Source& source() = 0;
  /// The user's phone registers, or refreshes; its contact's URI, each time the same.
  virtual std::string registers(const std::string& user, const std::string& call_id) = 0;
  /// It logs off.
  virtual void goes(const std::string& user) = 0;
  /// On control's thread; returns when it has run, and what was posted before it.
  virtual void in_turn(const std::function<void()>& work) = 0;
  /// Whether the source sees the phones themselves, and no proxy in between.
  [[nodiscard]] virtual bool is_direct() const { return true; }
  /// What is told where that Call-ID was registered under: another one of a source that hears of no REGISTER.
  [[nodiscard]] virtual std::string told_call_id(const std::string& call_id) const { return call_id; }
  /// Whether a phone that starts again is gone first, to such a source.
  [[nodiscard]] virtual bool restart_is_an_end() const { return false; }
  /// Has everything done that the source has put off.
  virtual void settle() = 0;
};

/// Writes down what it is told.
class Notes final : public Watcher {
 public:
  void registered(const RegistrationPointer& registration) override { add("registered", registration); }
  void refreshed(const RegistrationPointer& registration) override { add("refreshed", registration); }
  void unregistered(const RegistrationPointer& registration, const std::string&) override { add("gone", registration); }

  std::vector<std::string> lines;  ///< "registered 1000 <Call-ID>"
  RegistrationPointer newest;

 private:
  void add(const std::string& what, const RegistrationPointer& registration) {
    lines.push_back(what + " " + registration->user + " " + registration->call_id);
    newest = registration;
  }
};

/// Makes a source that tells `notes`, on control's thread.
using MakeRig = std::function<std::unique_ptr<SourceRig>(Notes& notes)>;

class SourceContract : public ::testing::TestWithParam<MakeRig> {
 protected:
  [[nodiscard]] std::vector<RegistrationPointer> find(const Directory::Query& query);
  [[nodiscard]] std::vector<std::string> told();
  /// A line of it.
  [[nodiscard]] std::string line(const std::string& what, const std::string& user, const std::string& call_id) const {
    return what + " " + user + " " + rig_->told_call_id(call_id);
  }

  Notes notes_;
  const std::unique_ptr<SourceRig> rig_ = GetParam()(notes_);
};

}  // namespace snom::registration::testing
