#pragma once

#include "base/descriptor.h"
#include "base/result.h"

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::sandbox {

/// Packets of a SOCK_SEQPACKET socket between processes of the platform.
struct Packet {
  std::string bytes;
  std::vector<base::Descriptor> descriptors;
};

inline constexpr size_t kMostDescriptors = 4;

/// Bytes, at least one, with up to `kMostDescriptors` descriptors. 0 or errno.
[[nodiscard]] int send_packet(int socket, std::string_view bytes,
                              std::initializer_list<int> descriptors = {});

/// The next packet, at most `most` bytes of it; nothing when the other side is gone.
[[nodiscard]] base::Result<std::optional<Packet>> receive_packet(int socket, size_t most);

}  // namespace srasta::sandbox
