#pragma once

#include "base/result.h"

#include <cstdint>
#include <memory>
#include <string>

namespace srasta::process {

/// Files that take what programs write, one for each program, and stay small: a full file gets
/// `.1` behind its name, that one `.2`, and so on; the oldest goes. Programs write to pipes, which
/// are read all the time: what a full disk does not take is lost and keeps no program waiting.
class OutputFiles {
 public:
  struct Settings {
    std::string folder;               ///< made when it is missing, with mode 0700; files have 0600
    uint64_t most_bytes = 16u << 20;  ///< of one file
    unsigned kept = 3;                ///< files of one program, the one that is written included
    /// Whose owner owns the folder and the files, when this process is root; empty: this process.
    std::string owned_as = {};
  };

  explicit OutputFiles(Settings settings);
  OutputFiles(const OutputFiles&) = delete;
  OutputFiles& operator=(const OutputFiles&) = delete;
  /// Takes what is in the pipes, for at most a second if somebody still holds one.
  ~OutputFiles();

  /// Where to write for the file NAME.log: a descriptor for `ChildSpec`, closed on exec, good as
  /// long as this object. Before `begin`.
  [[nodiscard]] base::Result<int> add(const std::string& name);

  /// Starts the thread that writes, with signals as the calling thread has them.
  void begin();

 private:
  struct Work;
  std::unique_ptr<Work> work_;
};

}  // namespace srasta::process
