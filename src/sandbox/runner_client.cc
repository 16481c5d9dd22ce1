#include "sandbox/runner_client.h"

#include "sandbox/packet.h"

#include <array>
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>

namespace srasta::sandbox {
namespace {

constexpr size_t kLargestReport = size_t{16} << 10;
constexpr uint64_t kLargestEnd = 1ULL << 30;

base::Error gone() {
  return base::make_error(base::Code::Unavailable, "the process that runs commands is gone");
}

/// Until `socket` can be read. When `cancel` can, the other end is told, once, by the end of what
/// this one sends.
base::Result<void> wait_for_end(int socket, int cancel) {
  std::array<pollfd, 2> waits{pollfd{.fd = socket, .events = POLLIN, .revents = 0},
                              pollfd{.fd = cancel, .events = POLLIN, .revents = 0}};
  while (true) {
    const int ready = ::poll(waits.data(), waits.size(), -1);
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return base::errno_error("wait for a run", errno);
    if (waits[0].revents != 0) return {};
    ::shutdown(socket, SHUT_WR);
    waits[1].fd = -1;
  }
}

}  // namespace

base::Result<RunnerClient> RunnerClient::connect(base::Descriptor socket, base::Millis within) {
  pollfd wait{.fd = socket.get(), .events = POLLIN, .revents = 0};
  int ready = 0;
  do {
    ready = ::poll(&wait, 1, static_cast<int>(within.count()));
  } while (ready < 0 && errno == EINTR);
  if (ready <= 0) {
    return base::make_error(base::Code::Unavailable, "the process that runs commands says nothing");
  }
  SRASTA_TRY_ASSIGN(const auto packet, receive_packet(socket.get(), kLargestReport));
  if (!packet) return gone();
  SRASTA_TRY_ASSIGN(HostReport host, unpack_host(packet->bytes));
  return RunnerClient(std::move(socket), std::move(host));
}

base::Result<RunEnd> RunnerClient::run(const RunOrder& order, int tree,
                                       int cancel_descriptor) const {
  SRASTA_TRY_ASSIGN(const base::Descriptor sealed, seal(pack(order)));
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return base::errno_error("socketpair", errno);
  }
  const base::Descriptor ours(ends[0]);
  {
    const base::Descriptor theirs(ends[1]);
    const int wrong = send_packet(socket_.get(), "r", {sealed.get(), tree, theirs.get()});
    if (wrong != 0) return gone();
  }
  SRASTA_TRY(wait_for_end(ours.get(), cancel_descriptor));
  SRASTA_TRY_ASSIGN(const auto packet, receive_packet(ours.get(), 1));
  if (!packet || packet->descriptors.size() != 1) return gone();
  SRASTA_TRY_ASSIGN(const SealedView end,
                    SealedView::map(packet->descriptors.front().get(), kLargestEnd));
  return unpack_end(end.bytes());
}

}  // namespace srasta::sandbox
