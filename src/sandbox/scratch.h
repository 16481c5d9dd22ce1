#pragma once

#include "base/descriptor.h"
#include "base/result.h"

#include <optional>
#include <string>
#include <sys/types.h>

namespace srasta::sandbox {

/// A private folder `<root>/run-<random>` with mode 0700 for a run that has no file system of its
/// own. Destroying it removes it with all that is in it; nothing foreign may run in it by then.
class Scratch {
 public:
  struct Owner {
    uid_t user = 0;
    gid_t group = 0;
  };

  /// `root` must be there, and be nobody else's to write. With `owner`, which takes root, the
  /// folder is his.
  [[nodiscard]] static base::Result<Scratch> make(const std::string& root,
                                                  std::optional<Owner> owner);
  /// Removes what processes that were killed have left in `root`: their `run-` folders that no
  /// process holds a lock on.
  [[nodiscard]] static base::Result<void> remove_stale(const std::string& root);

  Scratch(Scratch&&) noexcept = default;
  /// What was there goes with `other`.
  Scratch& operator=(Scratch&& other) noexcept;
  ~Scratch();

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] int descriptor() const { return folder_.get(); }
  /// Makes a folder in it, of the same owner. A descriptor that lists it.
  [[nodiscard]] base::Result<base::Descriptor> folder(const std::string& name);

 private:
  Scratch() = default;

  std::string name_;
  std::string path_;
  std::optional<Owner> owner_;
  base::Descriptor root_;
  base::Descriptor folder_;
};

}  // namespace srasta::sandbox
