// What a program in the sandbox can reach. Names begin with the attack that they answer.
#include "sandbox/run.h"

#include "sandbox/capture.h"
#include "sandbox/run_fixture.h"

#include <array>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <string>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace srasta::sandbox {
namespace {

class Reach : public RunTest {};

TEST_P(Reach, RunsAProgramAndTellsItsEnd) {
  Job job = this->job({"descriptors"});
  job.argv = {"/usr/bin/sh", "-c", "echo out; echo err >&2; cat input; exit 7"};
  job.fill = [](TreeWriter& writer) { return writer.file("input", "given", false); };

  const auto report = run_job(job);

  ASSERT_TRUE(report.ok()) << report.error().message;
  EXPECT_EQ(report->outcome, Outcome::Exited);
  EXPECT_EQ(report->status, 7);
  EXPECT_EQ(report->output.head, "out\ngiven");
  EXPECT_EQ(report->errors.head, "err\n");
  EXPECT_EQ(report->tier, GetParam().tier);
  EXPECT_GT(report->max_rss_bytes, 0U);
}

TEST_P(Reach, TellsTheSignalOfAnEnd) {
  const Report report = run_trick({"core"});

  EXPECT_EQ(report.outcome, Outcome::Signalled);
  EXPECT_EQ(report.signal, SIGSEGV);
}

TEST_P(Reach, TellsAProgramThatIsNotThere) {
  Job job = this->job({});
  job.argv = {"/usr/bin/no-such-program"};

  const auto report = run_job(job);

  ASSERT_FALSE(report.ok());
  EXPECT_EQ(refusal_of(report.error()), "sandbox_program");
}

TEST_P(Reach, StdinIsEmptyAndNoDescriptorPasses) {
  const base::Descriptor secret(::open("/etc/hostname", O_RDONLY));  // without close-on-exec

  EXPECT_EQ(told_by({"descriptors"}), "0 1 2 ");
  EXPECT_EQ(told_by({"read", "/dev/stdin"}), "worked: ");
}

TEST_P(Reach, RUN_022_SeesOnlyTheGivenEnvironment) {
  ASSERT_EQ(::setenv("SRASTA_SECRET", "hunter2", 1), 0);
  const std::string tmp = in_namespace() ? "/tmp" : host_.programs.scratch + "/run-";

  const std::string told = told_by({"environment"});

  EXPECT_EQ(told.find("hunter2"), std::string::npos);
  EXPECT_TRUE(told.starts_with("CI=true\nHOME=" + tmp)) << told;
  EXPECT_EQ(std::ranges::count(told, '\n'), 4) << told;
}

TEST_P(Reach, RUN_020_021_023_SeesNothingOfTheHost) {
  const std::string secret = folder_ + "/secret";
  ASSERT_EQ(::close(::open(secret.c_str(), O_WRONLY | O_CREAT, 0644)), 0);
  const std::string nothing = in_namespace() ? "ENOENT" : "EACCES";

  EXPECT_EQ(told_by({"read", secret}), nothing);
  EXPECT_EQ(told_by({"read", "/etc/shadow"}), nothing);
  EXPECT_EQ(told_by({"read", "/etc/hostname"}), nothing);
  EXPECT_EQ(told_by({"read", "/proc/self/root/../../etc/shadow"}), nothing);
  EXPECT_EQ(told_by({"read", "/proc/" + std::to_string(::getpid()) + "/environ"}), nothing);
  // The first process of its own namespace, or the host's.
  EXPECT_EQ(told_by({"read", "/proc/1/environ"}), "EACCES");
  EXPECT_EQ(told_by({"read", "/sys/kernel/notes"}), nothing);
}

TEST_P(Reach, LINK_007_FindsNothingBehindALinkOutOfTheTree) {
  Job job = this->job({"read", "leak"});
  job.argv = {"/usr/bin/sh", "-c", "ln -s /etc/shadow leak; cat leak"};

  const auto report = run_job(job);

  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->output.head, "");
  EXPECT_NE(report->status, 0);
  const auto found = capture(report->workspace.get(), report->filled, {});
  ASSERT_TRUE(found.ok());
  EXPECT_TRUE(found->changes.empty());
  ASSERT_EQ(found->ignored.size(), 1U);
  EXPECT_EQ(found->ignored[0].kind, "symlink");
}

TEST_P(Reach, RUN_025_WritesOnlyInItsOwnFolders) {
  const std::string refused = in_namespace() ? "EROFS" : "EACCES";

  EXPECT_EQ(told_by({"write", "inside"}), "worked");
  EXPECT_EQ(told_by({"write", "/dev/null"}), "worked");
  for (const auto* place : {"/usr/x", "/usr/bin/true"}) {
    const std::string told = told_by({"write", place});
    EXPECT_TRUE(told == "EROFS" || told == "EACCES") << place << " " << told;
  }
  for (const auto* place : {"/x", "/etc/x", "/dev/x", "/proc/self/oom_score_adj"}) {
    EXPECT_NE(told_by({"write", place}), "worked") << place;
  }
  if (in_namespace()) {
    EXPECT_EQ(told_by({"write", "/tmp/x"}), "worked");
    EXPECT_EQ(told_by({"write", "/dev/shm/x"}), "worked");
  } else {
    EXPECT_EQ(told_by({"write", "/tmp/x"}), "EACCES");
  }
}

TEST_P(Reach, CannotChangeFilesOfTheHostByPath) {
  const std::string file = folder_ + "/file";
  const base::Descriptor made(::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
  ASSERT_EQ(::fchmod(made.get(), 0666), 0);
  ASSERT_EQ(::write(made.get(), "content", 7), 7);

  EXPECT_NE(told_by({"chmod", file}), "worked");
  EXPECT_NE(told_by({"truncate", file}), "worked");

  struct stat status{};
  ASSERT_EQ(::fstat(made.get(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0666U);
  EXPECT_EQ(status.st_size, 7);
}

struct Call {
  std::string row;
  std::vector<std::string> trick;
  std::string expected = "EPERM";
};

std::string text_of(long number) {
  return std::to_string(number);
}

std::vector<Call> refused_calls() {
  const std::string newuser = text_of(CLONE_NEWUSER);
  std::vector<Call> calls{
      {"RUN-015", {"socket", text_of(AF_VSOCK), text_of(SOCK_STREAM), "0"}},
      {"RUN-016", {"socket", text_of(AF_NETLINK), text_of(SOCK_RAW), "0"}},
      {"RUN-016", {"socket", text_of(AF_PACKET), text_of(SOCK_RAW), "3"}},
      {"RUN-016", {"socket", text_of(AF_ALG), text_of(SOCK_SEQPACKET), "0"}},
      {"RUN-016", {"socket", "0x100000010", text_of(SOCK_RAW), "0"}},
      {"RUN-026", {"call", text_of(SYS_unshare), newuser}},
      {"RUN-026", {"call", text_of(SYS_unshare), text_of(CLONE_NEWNS)}},
      {"RUN-026", {"call", text_of(SYS_setns), "0", "0"}},
      {"RUN-027", {"clone", newuser}},
      {"RUN-027", {"clone", text_of(CLONE_NEWPID)}},
      {"RUN-027", {"clone", text_of(CLONE_NEWNET)}},
      {"RUN-027", {"clone3", newuser}, "ENOSYS"},
      {"RUN-027", {"clone3", "0"}, "ENOSYS"},
      {"RUN-028", {"ptrace"}},
      {"RUN-028", {"vm-writev"}},
      {"RUN-028", {"call", text_of(SYS_process_vm_readv)}},
      {"RUN-028", {"call", text_of(SYS_kcmp)}},
      {"RUN-028", {"call", text_of(SYS_pidfd_getfd)}},
      {"RUN-029", {"io_uring"}},
      {"RUN-029", {"call", text_of(SYS_io_uring_enter)}},
      {"RUN-029", {"call", text_of(SYS_io_uring_register)}},
      {"RUN-030", {"bpf"}},
      {"RUN-030", {"perf"}},
      {"RUN-030", {"call", text_of(SYS_userfaultfd), "1"}},
      {"RUN-030", {"call", text_of(SYS_keyctl), "0", "-3", "0"}},
      {"RUN-030", {"call", text_of(SYS_add_key)}},
      {"RUN-030", {"call", text_of(SYS_request_key)}},
      {"RUN-031", {"mount"}},
      {"RUN-039", {"device"}},
      {"-", {"call", text_of(SYS_personality), "0x0400000"}},
      {"-", {"call", text_of(SYS_open_by_handle_at)}},
      {"-", {"call", text_of(SYS_name_to_handle_at)}},
      {"-", {"call", text_of(SYS_chroot)}},
      {"-", {"tiocsti"}},
      {"-", {"tiocsti", "1"}},
      {"-", {"call", "1000"}, "ENOSYS"},
      {"-", {"call", "460"}, "ENOSYS"},
  };
  for (const long mounting : {SYS_umount2, SYS_pivot_root, SYS_fsopen, SYS_fsmount, SYS_fsconfig,
                              SYS_fspick, SYS_move_mount, SYS_open_tree, SYS_mount_setattr}) {
    calls.push_back({.row = "RUN-031", .trick = {"call", text_of(mounting)}});
  }
  return calls;
}

/// All in one run: the table is long, and a run costs a start.
TEST_P(Reach, RUN_015_016_026_to_031_039_IsRefusedWhatNoBuildNeeds) {
  const std::vector<Call> calls = refused_calls();
  std::string script;
  std::string expected;
  for (const Call& call : calls) {
    script += "./hostile " + marker_;
    for (const std::string& word : call.trick) script += " " + word;
    script += "\n";
    expected += call.expected + "\n";
  }
  Job job = this->job({});
  job.argv = {"/usr/bin/sh", "-c", script};

  const auto report = run_job(job);

  ASSERT_TRUE(report.ok());
  std::string told = report->output.head + report->output.tail;
  for (const Call& call : calls) {
    const std::string line = told.substr(0, told.find('\n'));
    EXPECT_EQ(line, call.expected) << call.row << " " << testing::PrintToString(call.trick);
    told.erase(0, line.size() + 1);
  }
  EXPECT_EQ(told, "");
}

TEST_P(Reach, RUN_034_DiesOfOtherArchitecturesCalls) {
  for (const auto* trick : {"x32", "i386"}) {
    const Report report = run_trick({trick});
    EXPECT_EQ(report.outcome, Outcome::Signalled) << trick;
    EXPECT_EQ(report.signal, SIGSYS) << trick;
  }
}

TEST_P(Reach, RUN_037_GainsNothingFromSetuidPrograms) {
  Job job = this->job({});
  job.argv = {"/usr/bin/sh", "-c",
              "test -u /usr/bin/su && cp /usr/bin/true . ; /usr/bin/su -c id </dev/null; "
              "/usr/bin/mount -t tmpfs none /tmp; /usr/bin/id -u"};

  const auto report = run_job(job);

  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->output.head.find("uid=0"), std::string::npos);
  EXPECT_FALSE(report->output.head.ends_with("\n0\n"));
  EXPECT_NE(report->output.head, "0\n");
}

TEST_P(Reach, RUN_038_LeavesNoCore) {
  const Report report = run_trick({"core"});

  EXPECT_EQ(report.output.head, "0\n") << "the hard limit";
  const auto found = capture(report.workspace.get(), report.filled, {});
  ASSERT_TRUE(found.ok());
  EXPECT_TRUE(found->changes.empty());
}

/// A server of the host, on a port of its own.
class HostServer {
 public:
  HostServer() {
    socket_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sockaddr generic{};
    std::memcpy(&generic, &address, sizeof generic);
    socklen_t length = sizeof generic;
    EXPECT_EQ(::bind(socket_.get(), &generic, length), 0);
    EXPECT_EQ(::listen(socket_.get(), 8), 0);
    EXPECT_EQ(::getsockname(socket_.get(), &generic, &length), 0);
    std::memcpy(&address, &generic, sizeof address);
    port_ = std::to_string(ntohs(address.sin_port));
  }

  [[nodiscard]] const std::string& port() const { return port_; }

 private:
  base::Descriptor socket_;
  std::string port_;
};

TEST_P(Reach, RUN_013_014_HasNoNetwork) {
  const HostServer server;

  EXPECT_EQ(told_by({"connect", "127.0.0.1", server.port()}), "EPERM");
  EXPECT_EQ(told_by({"connect", "169.254.169.254", "80"}), "EPERM");
  EXPECT_EQ(told_by({"loopback"}), "EPERM");
}

TEST_P(Reach, RUN_013_014_HasALoopbackOfItsOwnWhereThatIsAllowed) {
  const HostServer server;
  const auto told = [&](std::vector<std::string> trick) {
    Job job = this->job(std::move(trick));
    job.loopback = true;
    const auto report = run_job(job);
    return report.ok() ? report->output.head : report.error().message;
  };

  EXPECT_EQ(told({"loopback"}), in_namespace() ? "worked\n" : "EPERM\n");
  EXPECT_EQ(told({"connect", "127.0.0.1", server.port()}),
            in_namespace() ? "ECONNREFUSED\n" : "EPERM\n");
  EXPECT_EQ(told({"connect", "169.254.169.254", "80"}),
            in_namespace() ? "ENETUNREACH\n" : "EPERM\n");
  EXPECT_EQ(told({"socket", text_of(AF_INET), text_of(SOCK_RAW), "1"}), "EPERM\n");
  EXPECT_EQ(told({"socket", text_of(AF_INET), text_of(SOCK_STREAM), "262"}), "EPERM\n") << "MPTCP";
}

TEST_P(Reach, RUN_018_ReachesNoSocketOfTheHost) {
  const std::string path = folder_ + "/docker.sock";
  const base::Descriptor by_path(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const base::Descriptor abstract(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto listen = [](int socket, const std::string& name) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::ranges::copy(name, address.sun_path);
    if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(sizeof(sa_family_t) + name.size());
    const void* raw = &address;
    return ::bind(socket, static_cast<const sockaddr*>(raw), length) == 0 &&
           ::listen(socket, 8) == 0;
  };
  ASSERT_TRUE(listen(by_path.get(), path));
  ASSERT_EQ(::chmod(path.c_str(), 0666), 0);
  const std::string name = "@" + marker_ + "abstract";
  ASSERT_TRUE(listen(abstract.get(), name));

  EXPECT_EQ(told_by({"connect-unix", path}), in_namespace() ? "ENOENT" : "EPERM");
  EXPECT_EQ(told_by({"connect-unix", name}), in_namespace() ? "ECONNREFUSED" : "EPERM");
}

TEST_P(Reach, CannotSignalOrReadProcessesOfTheHost) {
  const std::string self = std::to_string(::getpid());

  const std::string told = told_by({"kill", self});

  EXPECT_EQ(told, in_namespace() ? "ESRCH" : "EPERM");
  EXPECT_NE(told_by({"memory-of", self}), "worked");
  EXPECT_NE(told_by({"memory-of", "1"}), "worked");
  EXPECT_NE(told_by({"memory-of", "2"}), "worked");
}

TEST_P(Reach, CannotSetLimitsAndPrioritiesOfProcessesOfTheHost) {
  const std::string self = std::to_string(::getpid());
  const std::string refused = in_namespace() ? "ESRCH" : "EPERM";

  EXPECT_EQ(told_by({"call", text_of(SYS_prlimit64), self, "7", "0", "0"}), refused);
  EXPECT_EQ(told_by({"call", text_of(SYS_setpriority), "0", self, "19"}), refused);
  if (!in_namespace()) {
    EXPECT_EQ(told_by({"call", text_of(SYS_sched_setaffinity), self, "0", "0"}), "EPERM");
    EXPECT_EQ(told_by({"call", text_of(SYS_setpriority), "2", "0", "19"}), "EPERM");
    EXPECT_EQ(told_by({"call", text_of(SYS_shmget), "1", "4096", "0x3FF"}), "EPERM");
    EXPECT_EQ(told_by({"call", text_of(SYS_semget), "1", "1", "0x3FF"}), "EPERM");
    EXPECT_EQ(told_by({"call", text_of(SYS_inotify_init1), "0"}), "EPERM");
  }
}

TEST_P(Reach, LINK_011_LeavesOddFilesThatAreNotCaptured) {
  Job job = this->job({"odd-files"});
  job.fill = [](TreeWriter& writer) -> base::Result<void> {
    SRASTA_TRY(writer.file("hostile", hostile_program(), true));
    SRASTA_TRY(writer.file("removed.txt", "old", false));
    return writer.file("changed.txt", "old", false);
  };

  const auto report = run_job(job);

  ASSERT_TRUE(report.ok());
  const auto found = capture(report->workspace.get(), report->filled, {});
  // At T3 an unprivileged user's own program may not change modes by path.
  ASSERT_TRUE(found.ok()) << found.error().message;
  std::string changes;
  for (const Change& change : found->changes) changes += change.path + " ";
  EXPECT_EQ(changes, "changed.txt closed/inside removed.txt unreadable ");
  ASSERT_EQ(found->ignored.size(), 2U);
  EXPECT_EQ(found->ignored[0].kind, "fifo");
  EXPECT_EQ(found->ignored[1].kind, "symlink");
}

TEST_P(Reach, GCFG_012_013_GitRunsNothingOutside) {
  Job job = this->job({});
  const std::string outside = folder_ + "/marker";
  job.argv = {"/usr/bin/sh", "-c",
              "export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=core.fsmonitor "
              "GIT_CONFIG_VALUE_0='touch " +
                  outside + "; touch /tmp/ran; false'; git init -q sub; cd sub; git status"};

  const auto report = run_job(job);

  ASSERT_TRUE(report.ok());
  EXPECT_NE(::access(outside.c_str(), F_OK), 0);
}

INSTANTIATE_TEST_SUITE_P(At, Reach, testing::ValuesIn(all_settings()), name_of);

}  // namespace
}  // namespace srasta::sandbox
