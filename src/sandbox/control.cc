#include "sandbox/control.h"

#include "sandbox/packet.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>

namespace srasta::sandbox {
namespace {

constexpr size_t kLargestPacket = 128ULL << 10;

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
  std::array<char, sizeof(ControlMessage)> bytes{};
  std::memcpy(bytes.data(), &message, sizeof message);
  return send_packet(socket, {bytes.data(), bytes.size()}, descriptors);
}

base::Result<std::optional<Received>> receive_control(int socket) {
  SRASTA_TRY_ASSIGN(auto packet, receive_packet(socket, sizeof(ControlMessage)));
  if (!packet) return std::optional<Received>();
  Received received{.message = {}, .descriptors = std::move(packet->descriptors)};
  if (packet->bytes.size() == sizeof received.message) {
    std::memcpy(&received.message, packet->bytes.data(), sizeof received.message);
    if (received.message.step.back() == '\0') {
      return std::optional<Received>(std::move(received));
    }
  }
  return base::make_error(base::Code::Invalid, "a message of the sandbox that is none");
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
