#pragma once

#include "base/descriptor.h"
#include "base/result.h"

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::sandbox {

/// What `srasta-sandbox-init` says to the process that runs it, over a socket of packets. The
/// foreign program never has that socket.
struct ControlMessage {
  enum class Kind : uint32_t {
    Ready,   ///< with descriptors: the folder to fill; at T1 a pidfd of the namespace's init
    Failed,  ///< `step` failed with errno `number`
    Ended,   ///< the program ended, with the wait status `number`
  };

  Kind kind = Kind::Failed;
  int32_t number = 0;
  int64_t cpu_micros = 0;
  int64_t max_rss_kib = 0;
  std::array<char, 64> step{};  ///< ends with NUL

  void set_step(std::string_view text);
  [[nodiscard]] std::string step_text() const;
};

struct Received {
  ControlMessage message;
  std::vector<base::Descriptor> descriptors;
};

/// 0 or errno.
[[nodiscard]] int send_control(int socket, const ControlMessage& message,
                               std::initializer_list<int> descriptors = {});

/// The next message; nothing when the other side is gone. Code::Invalid for what is none.
[[nodiscard]] base::Result<std::optional<Received>> receive_control(int socket);

/// One packet of bytes, such as a filter. 0 or errno.
[[nodiscard]] int send_bytes(int socket, std::string_view bytes);

/// The next packet, at most 128 KiB; nothing when the other side is gone.
[[nodiscard]] base::Result<std::optional<std::string>> receive_bytes(int socket);

}  // namespace srasta::sandbox
