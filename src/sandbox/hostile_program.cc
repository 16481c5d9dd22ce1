// What foreign code may try. One subcommand each, named after what it tries; it says on standard
// output what came of it: "worked", or the name of the error. Linked statically and without
// sanitizers: it runs inside the sandbox, whose limits end those.
#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <functional>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <linux/vm_sockets.h>
#include <map>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <string>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace {

using Arguments = std::vector<std::string>;

void say(const std::string& text) {
  const std::string line = text + "\n";
  [[maybe_unused]] const ssize_t put = ::write(STDOUT_FILENO, line.data(), line.size());
}

/// The outcome of a system call.
void tell(long result) {
  say(result >= 0 ? "worked" : ::strerrorname_np(errno));
}

long number(const std::string& text) {
  return std::strtol(text.c_str(), nullptr, 0);
}

/// Until somebody ends it.
[[noreturn]] void linger() {
  while (true) ::pause();
}

void open_socket(const Arguments& with) {
  tell(::socket(static_cast<int>(number(with.at(0))), static_cast<int>(number(with.at(1))),
                static_cast<int>(number(with.at(2)))));
}

void connect_to(const Arguments& with) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(number(with.at(1))));
  ::inet_pton(AF_INET, with.at(0).c_str(), &address.sin_addr);
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  if (socket < 0) return tell(socket);
  sockaddr generic{};
  std::memcpy(&generic, &address, sizeof generic);
  tell(::connect(socket, &generic, sizeof address));
}

/// To a path, or with a leading '@' to an abstract name.
void connect_unix(const Arguments& with) {
  const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  if (socket < 0) return tell(socket);
  struct {
    sa_family_t family = AF_UNIX;
    std::array<char, 108> path{};
  } address;
  std::ranges::copy(with.at(0), address.path.begin());
  if (address.path[0] == '@') address.path[0] = '\0';
  sockaddr_storage generic{};
  std::memcpy(&generic, &address, sizeof address);
  const auto length = static_cast<socklen_t>(sizeof(sa_family_t) + with.at(0).size());
  sockaddr* pointer = nullptr;
  void* raw = &generic;
  pointer = static_cast<sockaddr*>(raw);
  tell(::connect(socket, pointer, length));
}

/// A server and a client of its own, on a loopback.
void own_loopback(const Arguments&) {
  const int server = ::socket(AF_INET, SOCK_STREAM, 0);
  if (server < 0) return tell(server);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr generic{};
  std::memcpy(&generic, &address, sizeof generic);
  socklen_t length = sizeof generic;
  if (::bind(server, &generic, length) != 0 || ::listen(server, 1) != 0) return tell(-1);
  if (::getsockname(server, &generic, &length) != 0) return tell(-1);
  tell(::connect(::socket(AF_INET, SOCK_STREAM, 0), &generic, length));
}

void print_file(const Arguments& with) {
  const int file = ::open(with.at(0).c_str(), O_RDONLY);
  std::array<char, 4096> block{};
  const ssize_t got = file < 0 ? -1 : ::read(file, block.data(), block.size());
  if (got < 0) return tell(-1);
  say("worked: " + std::string(block.data(), static_cast<size_t>(got)));
}

void write_file(const Arguments& with) {
  tell(::open(with.at(0).c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644));
}

void print_environment(const Arguments&) {
  for (char** variable = ::environ; *variable != nullptr; ++variable) say(*variable);
}

void clone_with(const Arguments& with) {
  const auto flags = static_cast<unsigned long>(number(with.at(0)));
  const long pid = ::syscall(SYS_clone, flags | SIGCHLD, nullptr, nullptr, nullptr, 0);
  if (pid == 0) ::_exit(0);
  tell(pid);
}

void clone3_with(const Arguments& with) {
  clone_args arguments{};
  arguments.flags = static_cast<uint64_t>(number(with.at(0)));
  arguments.exit_signal = SIGCHLD;
  const long pid = ::syscall(SYS_clone3, &arguments, sizeof arguments);
  if (pid == 0) ::_exit(0);
  tell(pid);
}

void trace_child(const Arguments&) {
  const pid_t child = ::fork();
  if (child == 0) linger();
  tell(::ptrace(PTRACE_ATTACH, child, nullptr, nullptr));
}

void write_to_parent(const Arguments&) {
  char byte = 0;
  const iovec here{.iov_base = &byte, .iov_len = 1};
  tell(::process_vm_writev(::getppid(), &here, 1, &here, 1, 0));
}

void read_memory_of(const Arguments& with) {
  tell(::open(("/proc/" + with.at(0) + "/mem").c_str(), O_RDWR));
}

/// A system call by its number, with arguments that reach what it does.
void call(const Arguments& with) {
  std::array<long, 6> arguments{};
  for (size_t index = 1; index < with.size() && index <= arguments.size(); ++index) {
    arguments[index - 1] = number(with[index]);
  }
  tell(::syscall(number(with.at(0)), arguments[0], arguments[1], arguments[2], arguments[3],
                 arguments[4], arguments[5]));
}

void call_perf(const Arguments&) {
  perf_event_attr attributes{};
  attributes.type = PERF_TYPE_SOFTWARE;
  attributes.size = sizeof attributes;
  tell(::syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0));
}

void call_bpf(const Arguments&) {
  bpf_attr attributes{};
  attributes.map_type = BPF_MAP_TYPE_ARRAY;
  attributes.key_size = 4;
  attributes.value_size = 4;
  attributes.max_entries = 1;
  tell(::syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof attributes));
}

void call_io_uring(const Arguments&) {
  std::array<char, 256> parameters{};
  tell(::syscall(SYS_io_uring_setup, 1, parameters.data()));
}

void mount_something(const Arguments&) {
  tell(::mount("none", "/tmp", "tmpfs", 0, nullptr));
}

void make_device(const Arguments&) {
  tell(::mknod("device", S_IFCHR | 0600, makedev(1, 3)));
}

/// A request that the kernel takes by its lower half; the upper half is to get past a filter.
void inject_into_terminal(const Arguments& with) {
  char byte = 'x';
  const auto request = static_cast<unsigned long>(TIOCSTI) |
                       (with.empty() ? 0UL : static_cast<unsigned long>(number(with[0])) << 32);
  tell(::syscall(SYS_ioctl, 0, request, &byte));
}

void call_x32(const Arguments&) {
  constexpr long kX32 = 0x40000000;
  tell(::syscall(kX32 | SYS_getpid));
}

void call_i386(const Arguments&) {
  long result = 20;  // getpid there
  asm volatile("int $0x80" : "+a"(result));
  tell(result);
}

/// As many children as there may be, all alive.
void fork_many(const Arguments& with) {
  long made = 0;
  for (; made < number(with.at(0)); ++made) {
    const pid_t child = ::fork();
    if (child < 0) break;
    if (child == 0) linger();
  }
  say(std::to_string(made) + " " + (errno == 0 ? "" : ::strerrorname_np(errno)));
}

/// Children that make children, for ever.
void fork_bomb(const Arguments&) {
  say("started");
  while (true) {
    const pid_t child = ::fork();
    if (child == 0) ::setsid();
  }
}

/// Processes that nothing leads to any more: their parents are gone, session and descriptors too.
void leave_daemons(const Arguments& with) {
  for (long count = 0; count < number(with.at(0)); ++count) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::setsid();
      if (::fork() != 0) ::_exit(0);
      ::close_range(0, ~0U, 0);
      linger();
    }
    ::waitpid(child, nullptr, 0);
  }
  say("worked");
}

void leave_daemons_and_wait(const Arguments&) {
  leave_daemons({"3"});
  linger();
}

void ignore_signals(const Arguments&) {
  for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_IGN);
  say("started");
  while (true) {
  }
}

/// Waits for a writer that never comes.
void wait_for_fifo(const Arguments&) {
  ::mkfifo("fifo", 0600);
  say("started");
  tell(::open("fifo", O_RDONLY));
}

void wait_forever(const Arguments&) {
  say("started");
  linger();
}

void flood(const Arguments& with) {
  const std::string block(64UL << 10, 'x');
  for (long left = number(with.at(0)); left > 0; left -= static_cast<long>(block.size())) {
    if (::write(STDOUT_FILENO, block.data(), block.size()) < 0) return;
  }
}

void print_bytes(const Arguments& with) {
  std::string bytes;
  for (const std::string& each : with) bytes += static_cast<char>(number(each));
  [[maybe_unused]] const ssize_t put = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
}

void make_files(const Arguments& with) {
  long made = 0;
  errno = 0;
  for (; made < number(with.at(0)); ++made) {
    const int file = ::open(("tiny" + std::to_string(made)).c_str(), O_WRONLY | O_CREAT, 0600);
    if (file < 0) break;
    ::close(file);
  }
  say(std::to_string(made) + " " + (errno == 0 ? "" : ::strerrorname_np(errno)));
}

/// One file of so many bytes.
void fill_file(const Arguments& with) {
  ::signal(SIGXFSZ, SIG_IGN);
  const int file = ::open(with.at(0).c_str(), O_WRONLY | O_CREAT, 0600);
  const std::string block(64UL << 10, 'x');
  long done = 0;
  errno = 0;
  while (done < number(with.at(1))) {
    const ssize_t put = ::write(file, block.data(), block.size());
    if (put < 0) break;
    done += put;
  }
  say(std::to_string(done) + " " + (errno == 0 ? "" : ::strerrorname_np(errno)));
}

void open_many(const Arguments& with) {
  long count = 0;
  errno = 0;
  for (; count < number(with.at(0)); ++count) {
    if (::open("/dev/null", O_RDONLY) < 0) break;
  }
  say(std::to_string(count) + " " + (errno == 0 ? "" : ::strerrorname_np(errno)));
}

void take_memory(const Arguments& with) {
  const auto size = static_cast<size_t>(number(with.at(0)));
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return tell(-1);
  std::memset(memory, 1, size);
  say("worked");
}

void dump_core(const Arguments&) {
  rlimit limit{};
  ::getrlimit(RLIMIT_CORE, &limit);
  say(std::to_string(limit.rlim_max));
  ::raise(SIGSEGV);
}

void burn(const Arguments&) {
  while (true) {
  }
}

void leave_odd_files(const Arguments&) {
  ::mkfifo("fifo", 0600);
  [[maybe_unused]] int result = ::symlink("/etc/shadow", "link");
  ::mkdir("closed", 0700);
  ::close(::open("closed/inside", O_WRONLY | O_CREAT, 0600));
  ::chmod("closed", 0000);
  ::close(::open("unreadable", O_WRONLY | O_CREAT, 0600));
  ::chmod("unreadable", 0000);
  ::unlink("removed.txt");
  const int file = ::open("changed.txt", O_WRONLY | O_TRUNC);
  result = static_cast<int>(::write(file, "new", 3));
  say("worked");
}

void kill_parent(const Arguments&) {
  tell(::kill(::getppid(), SIGKILL));
}

/// Orphans of a supervisor that is no more.
void kill_parent_of_daemons(const Arguments&) {
  leave_daemons({"5"});
  kill_parent({});
  linger();
}

void signal_process(const Arguments& with) {
  tell(::kill(static_cast<pid_t>(number(with.at(0))), SIGTERM));
}

void count_descriptors(const Arguments&) {
  std::string open;
  for (int descriptor = 0; descriptor < 1024; ++descriptor) {
    if (::fcntl(descriptor, F_GETFD) >= 0) open += std::to_string(descriptor) + " ";
  }
  say(open);
}

void change_mode(const Arguments& with) {
  tell(::chmod(with.at(0).c_str(), 0600));
}

void truncate_file(const Arguments& with) {
  tell(::truncate(with.at(0).c_str(), 0));
}

const std::map<std::string, std::function<void(const Arguments&)>> kTricks{
    {"bpf", call_bpf},
    {"burn", burn},
    {"call", call},
    {"chmod", change_mode},
    {"clone", clone_with},
    {"clone3", clone3_with},
    {"connect", connect_to},
    {"connect-unix", connect_unix},
    {"core", dump_core},
    {"daemons", leave_daemons},
    {"daemons-and-wait", leave_daemons_and_wait},
    {"descriptors", count_descriptors},
    {"device", make_device},
    {"environment", print_environment},
    {"fifo", wait_for_fifo},
    {"files", make_files},
    {"fill", fill_file},
    {"flood", flood},
    {"fork-bomb", fork_bomb},
    {"fork-many", fork_many},
    {"i386", call_i386},
    {"ignore-signals", ignore_signals},
    {"io_uring", call_io_uring},
    {"kill", signal_process},
    {"kill-parent", kill_parent},
    {"kill-parent-of-daemons", kill_parent_of_daemons},
    {"loopback", own_loopback},
    {"memory", take_memory},
    {"memory-of", read_memory_of},
    {"mount", mount_something},
    {"odd-files", leave_odd_files},
    {"open-many", open_many},
    {"perf", call_perf},
    {"print", print_bytes},
    {"ptrace", trace_child},
    {"read", print_file},
    {"socket", open_socket},
    {"tiocsti", inject_into_terminal},
    {"truncate", truncate_file},
    {"vm-writev", write_to_parent},
    {"wait", wait_forever},
    {"write", write_file},
    {"x32", call_x32},
};

}  // namespace

/// hostile MARKER TRICK ARGUMENTS: the marker is for whoever looks for survivors.
int main(int argc, char** argv) {
  const Arguments all(argv, argv + argc);
  const auto trick = all.size() > 2 ? kTricks.find(all[2]) : kTricks.end();
  if (trick == kTricks.end()) return 99;
  trick->second(Arguments(all.begin() + 3, all.end()));
  return 0;
}
