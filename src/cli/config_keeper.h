#pragma once

#include "cli/config_change.h"

#include <functional>
#include <memory>
#include <string>

namespace srasta::cli {

/// Changes the configuration file when the administration service asks for it over its channel
/// (`admin/config_channel.h`), on a thread of its own until destroyed, one revision at a time.
class ConfigKeeper {
 public:
  /// `channel`: the answering end; it must outlive this object. What happens is told in lines for
  /// the operator.
  ConfigKeeper(int channel, ConfigChangeParts parts,
               std::function<void(const std::string& line)> tell);
  ConfigKeeper(const ConfigKeeper&) = delete;
  ConfigKeeper& operator=(const ConfigKeeper&) = delete;
  ~ConfigKeeper();

 private:
  struct Work;
  std::unique_ptr<Work> work_;
};

}  // namespace srasta::cli
