#include "admin/config_channel.h"

#include "base/encoding.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/format.h>

namespace srasta::admin {
namespace {

using Steady = std::chrono::steady_clock;

struct Answer {
  int64_t revision = 0;
  ConfigOutcome outcome;
};

std::optional<int64_t> revision_in(std::string_view text) {
  const auto number = base::parse_u64(text);
  if (!number || *number == 0 || *number > INT64_MAX) return std::nullopt;
  return static_cast<int64_t>(*number);
}

std::optional<Answer> parse_answer(std::string_view message) {
  const size_t space = message.find(' ');
  const auto revision = revision_in(message.substr(0, space));
  if (!revision || space == message.npos) return std::nullopt;
  const std::string_view rest = message.substr(space + 1);
  constexpr std::string_view kRefused = "refused ";
  if (rest == "ok") return Answer{*revision, {.in_force = true}};
  if (!rest.starts_with(kRefused)) return std::nullopt;
  return Answer{*revision, {.reason = std::string(rest.substr(kRefused.size()))}};
}

base::Result<std::string> receive(int socket, Steady::time_point until) {
  pollfd readable{.fd = socket, .events = POLLIN, .revents = 0};
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Steady::now());
  const int found = ::poll(&readable, 1, static_cast<int>(std::max<int64_t>(left.count(), 0)));
  if (found < 0 && errno != EINTR) return base::errno_error("wait for the supervisor", errno);
  if (found == 0) return base::make_error(base::Code::Timeout, "the supervisor does not answer");
  if (found < 0) return std::string();
  std::array<char, kMostChannelBytes> message{};
  const ssize_t got = ::recv(socket, message.data(), message.size(), MSG_DONTWAIT);
  if (got > 0) return std::string(message.data(), static_cast<size_t>(got));
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return std::string();
  return base::make_error(base::Code::Unavailable, "the supervisor is gone");
}

}  // namespace

base::Result<std::pair<base::Descriptor, base::Descriptor>> make_config_channel() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return base::errno_error("socketpair", errno);
  }
  return std::pair(base::Descriptor(ends[0]), base::Descriptor(ends[1]));
}

base::Result<ConfigOutcome> ConfigClient::put_in_force(int64_t revision, base::Millis limit) {
  const Steady::time_point until = Steady::now() + limit;
  const std::string request = fmt::format("{}", revision);
  if (::send(socket_.get(), request.data(), request.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
    return base::make_error(base::Code::Unavailable, "the supervisor cannot be asked");
  }
  while (true) {
    SRASTA_TRY_ASSIGN(const std::string message, receive(socket_.get(), until));
    auto answer = parse_answer(message);
    if (answer && answer->revision == revision) return std::move(answer->outcome);
  }
}

std::optional<ConfigRequest> parse_config_request(std::string_view message) {
  const auto revision = revision_in(message);
  if (!revision) return std::nullopt;
  return ConfigRequest{.revision = *revision};
}

std::string config_answer(const ConfigRequest& request, const ConfigOutcome& outcome) {
  if (outcome.in_force) return fmt::format("{} ok", request.revision);
  std::string text = fmt::format("{} refused {}", request.revision, outcome.reason);
  text.resize(std::min(text.size(), kMostChannelBytes));
  return text;
}

}  // namespace srasta::admin
