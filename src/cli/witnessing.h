#pragma once

#include "base/clock.h"
#include "base/file.h"
#include "base/result.h"
#include "config/config.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace srasta::cli {

/// Takes checkpoints of this installation's streams to the configured witnesses, and keeps the
/// newest that they cosigned as `<stream>/cosigned`, a note with the signatures of the log key, the
/// epoch key and the witnesses, and the newest with n of them as `cosigned-<n>`. Never waits for a
/// witness.
class Witnessing {
 public:
  struct Settings {
    std::string audit_folder;
    std::vector<config::Witness> witnesses;
    std::function<void(const std::string& line)> tell;
  };

  /// `clock` and `files` must outlive it. Errors: a witness whose settings cannot be used.
  [[nodiscard]] static base::Result<std::unique_ptr<Witnessing>> open(const base::Clock& clock,
                                                                      base::FileSystem& files,
                                                                      Settings settings);
  Witnessing(const Witnessing&) = delete;
  Witnessing& operator=(const Witnessing&) = delete;
  ~Witnessing();

  /// The stream has a new checkpoint.
  void submit(const std::string& stream);

  struct Work;
  explicit Witnessing(std::unique_ptr<Work> work);

 private:
  std::unique_ptr<Work> work_;
};

}  // namespace srasta::cli
