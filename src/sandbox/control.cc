#include "sandbox/control.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/uio.h>

namespace srasta::sandbox {
namespace {

constexpr size_t kMostDescriptors = 2;
constexpr size_t kLargestPacket = 128ULL << 10;

/// Room for the control part of a message, aligned as its header wants.
struct alignas(cmsghdr) Ancillary {
  std::array<char, CMSG_SPACE(kMostDescriptors * sizeof(int))> bytes{};
};

void take_descriptors(msghdr& header, std::vector<base::Descriptor>& into) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t index = 0; index < count; ++index) {
      int number = -1;
      std::memcpy(&number, CMSG_DATA(part) + index * sizeof(int), sizeof number);
      into.emplace_back(number);
    }
  }
}

}  // namespace

void ControlMessage::set_step(std::string_view text) {
  step.fill('\0');
  std::ranges::copy(text.substr(0, step.size() - 1), step.begin());
}

std::string ControlMessage::step_text() const {
  const auto end = std::ranges::find(step, '\0');
  return {step.begin(), end};
}

int send_control(int socket, const ControlMessage& message,
                 std::initializer_list<int> descriptors) {
  ControlMessage copy = message;
  iovec part{.iov_base = &copy, .iov_len = sizeof copy};
  Ancillary ancillary;
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (descriptors.size() > 0) {
    header.msg_control = ancillary.bytes.data();
    header.msg_controllen = CMSG_SPACE(descriptors.size() * sizeof(int));
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(descriptors.size() * sizeof(int));
    std::memcpy(CMSG_DATA(rights), descriptors.begin(), descriptors.size() * sizeof(int));
  }
  return ::sendmsg(socket, &header, MSG_NOSIGNAL) < 0 ? errno : 0;
}

base::Result<std::optional<Received>> receive_control(int socket) {
  Received received;
  iovec part{.iov_base = &received.message, .iov_len = sizeof received.message};
  Ancillary ancillary;
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = ancillary.bytes.data();
  header.msg_controllen = ancillary.bytes.size();
  ssize_t got = 0;
  do {
    got = ::recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  if (got < 0 && errno != ECONNRESET) return base::errno_error("recvmsg", errno);
  if (got <= 0) return std::optional<Received>();
  take_descriptors(header, received.descriptors);
  if (got != sizeof received.message || received.message.step.back() != '\0') {
    return base::make_error(base::Code::Invalid, "a message of the sandbox that is none");
  }
  return std::optional<Received>(std::move(received));
}

int send_bytes(int socket, std::string_view bytes) {
  return ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0 ? errno : 0;
}

base::Result<std::optional<std::string>> receive_bytes(int socket) {
  std::string bytes(kLargestPacket, '\0');
  ssize_t got = 0;
  do {
    got = ::recv(socket, bytes.data(), bytes.size(), 0);
  } while (got < 0 && errno == EINTR);
  if (got < 0 && errno != ECONNRESET) return base::errno_error("recv", errno);
  if (got <= 0) return std::optional<std::string>();
  bytes.resize(static_cast<size_t>(got));
  return std::optional<std::string>(std::move(bytes));
}

}  // namespace srasta::sandbox
