#pragma once

#include "sandbox/host.h"
#include "sandbox/run.h"

#include <functional>
#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace srasta::sandbox {

/// A tier on this host, as a test asks for it.
struct Setting {
  std::string name;
  Tier tier = Tier::T1;
  std::optional<int> landlock_abi_at_most;
};

/// Settings that the tests of every tier run in.
[[nodiscard]] std::vector<Setting> all_settings();
/// Those with namespaces.
[[nodiscard]] std::vector<Setting> namespace_settings();
[[nodiscard]] std::string name_of(const testing::TestParamInfo<Setting>& info);

/// For the test runner's messages.
void PrintTo(const Setting& setting, std::ostream* out);  // NOLINT(readability-identifier-naming)

/// What the command line and the environment said: `--user=UID`, SRASTA_EXPECT_TIER.
struct Expectation {
  static Expectation& get();

  Tier tier = Tier::None;  ///< a host that gives less fails the tests instead of skipping them
};

/// Runs of the hostile program. A tier that the host does not give skips the test.
class RunTest : public testing::TestWithParam<Setting> {
 protected:
  void SetUp() override;
  void TearDown() override;

  /// A job that runs `hostile MARKER trick arguments...`.
  [[nodiscard]] Job job(std::vector<std::string> trick) const;
  /// Runs it, and expects that nothing of it is left.
  base::Result<Report> run_job(const Job& job, int cancel = -1);
  Report run_trick(std::vector<std::string> trick);
  /// What it wrote to standard output, without the last newline.
  std::string told_by(std::vector<std::string> trick);

  [[nodiscard]] bool in_namespace() const { return GetParam().tier != Tier::T3; }
  /// Processes of this host that have this test's marker.
  [[nodiscard]] std::vector<pid_t> survivors() const;
  /// Waits until there is none; false after ten seconds.
  [[nodiscard]] bool all_gone() const;

  Host host_;
  std::string marker_;  ///< in the command line of every process of this test
  std::string folder_;  ///< of this test, on the host; open to all
};

/// Waits until `condition` holds, at most ten seconds; whether it does.
[[nodiscard]] bool until(const std::function<bool()>& condition);

/// Becomes the user that `--user=UID` names, when this process is root. False for other arguments.
[[nodiscard]] bool take_test_arguments(std::span<char*> arguments);

/// As a file on this host has them.
[[nodiscard]] std::string bytes_of_file(const std::string& path);

/// The hostile program's bytes.
[[nodiscard]] const std::string& hostile_program();

}  // namespace srasta::sandbox
