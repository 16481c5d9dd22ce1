#include "sandbox/run_fixture.h"

#include "base/encoding.h"
#include "sandbox/beneath.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <grp.h>
#include <ostream>
#include <poll.h>
#include <span>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace srasta::sandbox {
namespace {

constexpr Account kAccount{.user = 64'001, .group = 64'001};
constexpr int kDebian12Abi = 2;

std::string new_marker() {
  static std::atomic<int> count{0};
  return "srasta-marker-" + std::to_string(::getpid()) + "-" + std::to_string(++count) + "-";
}

std::string make_folder() {
  std::string pattern = testing::TempDir() + "/sandbox-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) return {};
  ::chmod(pattern.c_str(), 0755);
  return pattern;
}

/// Groups of our own beside those of whoever runs the tests; empty where that is not possible.
CgroupParents make_cgroups() {
  const std::string name = "/srasta-test-" + std::to_string(::getpid());
  CgroupParents parents;
  const std::string memory = "/sys/fs/cgroup/memory" + name;
  const std::string pids = "/sys/fs/cgroup/pids" + name;
  if (::mkdir(memory.c_str(), 0755) == 0) parents.memory = memory;
  if (::mkdir(pids.c_str(), 0755) == 0) parents.pids = pids;
  if (!parents.memory.empty() && !parents.pids.empty()) return parents;
  const std::string unified = "/sys/fs/cgroup" + name;
  if (::mkdir(unified.c_str(), 0755) != 0) return {};
  std::ofstream(unified + "/cgroup.subtree_control") << "+memory +pids";
  return {.unified = unified, .memory = {}, .pids = {}};
}

void remove_cgroups(const CgroupParents& parents) {
  for (const std::string& parent : {parents.unified, parents.memory, parents.pids}) {
    if (!parent.empty()) ::rmdir(parent.c_str());
  }
}

}  // namespace

Expectation& Expectation::get() {
  static Expectation expectation;
  return expectation;
}

std::vector<Setting> namespace_settings() {
  return {{.name = "T1", .tier = Tier::T1, .landlock_abi_at_most = {}},
          {.name = "T1OnDebian12", .tier = Tier::T1, .landlock_abi_at_most = kDebian12Abi}};
}

std::vector<Setting> all_settings() {
  std::vector<Setting> settings = namespace_settings();
  settings.push_back({.name = "T3", .tier = Tier::T3, .landlock_abi_at_most = {}});
  settings.push_back(
      {.name = "T3OnDebian12", .tier = Tier::T3, .landlock_abi_at_most = kDebian12Abi});
  return settings;
}

std::string name_of(const testing::TestParamInfo<Setting>& info) {
  return info.param.name;
}

void PrintTo(const Setting& setting, std::ostream* out) {
  *out << setting.name;
}

bool until(const std::function<bool()>& condition) {
  constexpr int kTries = 2'000;
  constexpr int kMillis = 5;
  for (int tries = 0; tries < kTries; ++tries) {
    if (condition()) return true;
    ::poll(nullptr, 0, kMillis);
  }
  return condition();
}

std::string bytes_of_file(const std::string& path) {
  // Not by iterators: without optimisation a program's bytes take a tenth of a second.
  const base::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string bytes;
  constexpr size_t kBlock = 1U << 20;
  for (ssize_t got = 1; got > 0;) {
    const size_t before = bytes.size();
    bytes.resize(before + kBlock);
    got = ::read(file.get(), bytes.data() + before, kBlock);
    bytes.resize(before + static_cast<size_t>(std::max<ssize_t>(got, 0)));
  }
  return bytes;
}

const std::string& hostile_program() {
  static const std::string bytes = bytes_of_file(SRASTA_SANDBOX_HOSTILE);
  return bytes;
}

void RunTest::SetUp() {
  marker_ = new_marker();
  folder_ = make_folder();
  Programs programs;
  programs.sandbox_init = SRASTA_SANDBOX_INIT;
  programs.scratch = folder_ + "/scratch";
  ASSERT_EQ(::mkdir(programs.scratch.c_str(), 0755), 0);
  programs.landlock_abi_at_most = GetParam().landlock_abi_at_most;
  if (GetParam().tier == Tier::T1c) programs.cgroups = make_cgroups();
  host_ = probe(programs, kAccount);
  if (!host_.gives(GetParam().tier)) {
    std::string why;
    for (const std::string& sentence : host_.missing) why += sentence + "\n";
    // T3 as an unprivileged user takes a kernel that may be newer than the one expected here.
    const bool expected = GetParam().tier != Tier::T3 && ::geteuid() == 0
                              ? Expectation::get().tier >= GetParam().tier
                              : std::min(Expectation::get().tier, Tier::T1) == GetParam().tier;
    if (expected) FAIL() << why;
    GTEST_SKIP() << why;
  }
  host_.strongest = GetParam().tier;
}

void RunTest::TearDown() {
  EXPECT_TRUE(all_gone());
  remove_cgroups(host_.programs.cgroups);
  if (folder_.empty()) return;
  if (!host_.programs.scratch.empty()) {
    EXPECT_TRUE(std::filesystem::is_empty(host_.programs.scratch)) << "a run left files";
  }
  std::filesystem::remove_all(folder_);
}

Job RunTest::job(std::vector<std::string> trick) const {
  Job job;
  job.argv = {"/usr/bin/env", "./hostile", marker_};
  job.argv.insert(job.argv.end(), trick.begin(), trick.end());
  job.environment = {{"PATH", "/usr/bin"},
                     {"HOME", "/tmp"},
                     {"TMPDIR", "/tmp"},
                     {"LANG", "C.UTF-8"},
                     {"CI", "true"}};
  job.fill = [](TreeWriter& writer) { return writer.file("hostile", hostile_program(), true); };
  job.limits.wall = base::Millis(20'000);
  job.min_tier = GetParam().tier;
  job.account = kAccount;
  return job;
}

base::Result<Report> RunTest::run_job(const Job& job, int cancel) {
  auto report = run(job, host_, cancel);
  EXPECT_TRUE(survivors().empty());
  if (report.ok()) EXPECT_TRUE(report->nothing_left);
  return report;
}

Report RunTest::run_trick(std::vector<std::string> trick) {
  auto report = run_job(job(std::move(trick)));
  if (!report.ok()) {
    ADD_FAILURE() << report.error().message << " " << report.error().detail;
    return {};
  }
  EXPECT_EQ(report->tier, GetParam().tier);
  return *std::move(report);
}

std::string RunTest::told_by(std::vector<std::string> trick) {
  const Report report = run_trick(std::move(trick));
  std::string said = report.output.head + report.output.tail;
  EXPECT_EQ(report.errors.head, "");
  if (said.ends_with('\n')) said.pop_back();
  return said;
}

std::vector<pid_t> RunTest::survivors() const {
  std::vector<pid_t> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const auto pid = base::parse_u64(entry.path().filename().string());
    if (!pid) continue;
    std::array<char, 4096> line{};
    const base::Descriptor file(::open((entry.path() / "cmdline").c_str(), O_RDONLY | O_CLOEXEC));
    const ssize_t got = file.open() ? ::read(file.get(), line.data(), line.size()) : -1;
    if (got <= 0) continue;
    if (std::string_view(line.data(), static_cast<size_t>(got)).find(marker_) !=
        std::string_view::npos) {
      found.push_back(static_cast<pid_t>(*pid));
    }
  }
  return found;
}

bool RunTest::all_gone() const {
  return until([this] { return survivors().empty(); });
}

namespace {

bool become(uid_t user) {
  // Only then may the leak checker look into this process at its end.
  return ::setgroups(0, nullptr) == 0 && ::setresgid(user, user, user) == 0 &&
         ::setresuid(user, user, user) == 0 && ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0;
}

/// False when an argument is none.
bool take_arguments(std::span<char*> arguments) {
  constexpr std::string_view kUser = "--user=";
  for (const std::string_view argument : arguments.subspan(1)) {
    const auto user =
        argument.starts_with(kUser) ? base::parse_u64(argument.substr(kUser.size())) : std::nullopt;
    if (!user) return false;
    if (::geteuid() == 0 && !become(static_cast<uid_t>(*user))) return false;
  }
  return true;
}

}  // namespace

bool take_test_arguments(std::span<char*> arguments) {
  return take_arguments(arguments);
}

}  // namespace srasta::sandbox

int main(int argc, char** argv, char** environment) {
  testing::InitGoogleTest(&argc, argv);
  constexpr std::string_view kExpected = "SRASTA_EXPECT_TIER=";
  for (char** variable = environment; *variable != nullptr; ++variable) {
    const std::string_view text(*variable);
    if (!text.starts_with(kExpected)) continue;
    const auto tier = srasta::sandbox::parse_tier(text.substr(kExpected.size()));
    if (!tier) return 2;
    srasta::sandbox::Expectation::get().tier = *tier;
  }
  if (!srasta::sandbox::take_test_arguments(std::span(argv, static_cast<size_t>(argc)))) return 2;
  return RUN_ALL_TESTS();
}
