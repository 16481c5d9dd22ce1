#pragma once

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

/// How the administration service, which may not write the configuration file, has the supervisor
/// put a revision into it: over a pair of sockets (SOCK_SEQPACKET) whose ends both inherit. The
/// text itself stays in the database, where the supervisor reads it.
///   request  "N": the number of a revision
///   answer   "N ok", or "N refused REASON" with one line for the operator
namespace srasta::admin {

/// What became of a revision.
struct ConfigOutcome {
  bool in_force = false;
  std::string reason = {};  ///< why it is not; may be shown to who may change the configuration
};

struct ConfigRequest {
  int64_t revision = 0;
};

/// The longest message, and with it the longest reason.
inline constexpr size_t kMostChannelBytes = 4096;

/// Two connected ends.
[[nodiscard]] base::Result<std::pair<base::Descriptor, base::Descriptor>> make_config_channel();

/// The asking end. One thread.
class ConfigClient {
 public:
  /// Takes over the descriptor.
  explicit ConfigClient(int descriptor) : socket_(descriptor) {}
  /// Blocks. Code::Timeout after `limit`, Code::Unavailable when nobody is at the other end. What
  /// is answered to an earlier request is skipped.
  [[nodiscard]] base::Result<ConfigOutcome> put_in_force(int64_t revision, base::Millis limit);

 private:
  base::Descriptor socket_;
};

/// Of the other end: one message; nothing when it is none of these.
[[nodiscard]] std::optional<ConfigRequest> parse_config_request(std::string_view message);
[[nodiscard]] std::string config_answer(const ConfigRequest& request, const ConfigOutcome& outcome);

}  // namespace srasta::admin
