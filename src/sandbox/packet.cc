#include "sandbox/packet.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/uio.h>

namespace srasta::sandbox {
namespace {

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

int send_packet(int socket, std::string_view bytes, std::initializer_list<int> descriptors) {
  // sendmsg(2) does not write to what it sends.
  iovec part{.iov_base = const_cast<char*>(bytes.data()), .iov_len = bytes.size()};
  Ancillary ancillary;
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (descriptors.size() > kMostDescriptors) return EINVAL;
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

base::Result<std::optional<Packet>> receive_packet(int socket, size_t most) {
  Packet packet;
  packet.bytes.resize(most);
  iovec part{.iov_base = packet.bytes.data(), .iov_len = packet.bytes.size()};
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
  if (got <= 0) return std::optional<Packet>();
  packet.bytes.resize(static_cast<size_t>(got));
  take_descriptors(header, packet.descriptors);
  return std::optional<Packet>(std::move(packet));
}

}  // namespace srasta::sandbox
