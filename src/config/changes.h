#pragma once

#include "config/config.h"

#include <string>
#include <vector>

namespace srasta::config {

/// What a change of the configuration may not, or not by everybody, change. All name settings as
/// `Setting::key` does, or the element of a list that they are in.

/// Settings that a running platform cannot take over: it has to be started again.
[[nodiscard]] std::vector<std::string> fixed_while_running(const Config& running,
                                                           const Config& wanted);

/// What only the owner of the file may set, by editing it: where the log is copied to and
/// traces go, who vouches for the log, whose licenses count, and whatever names a file of the host
/// (engines that are started here are programs of it) or where the secret in such a file is sent
/// to. A secret would leave by an engine of somebody's choice otherwise.
[[nodiscard]] std::vector<std::string> set_on_the_host_only(const Config& running,
                                                            const Config& wanted);

/// What decides who may do what, of which owners alone dispose.
[[nodiscard]] std::vector<std::string> of_owners_only(const Loaded& running, const Loaded& wanted);

/// One setting that differs. Null: it is not there.
struct Difference {
  std::string_view key;
  const std::string* before = nullptr;
  const std::string* after = nullptr;
};

/// Sorted by key. Views are of the arguments.
[[nodiscard]] std::vector<Difference> differences(const Loaded& running, const Loaded& wanted);

}  // namespace srasta::config
