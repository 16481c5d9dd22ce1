#pragma once

#include "base/clock.h"
#include "base/entropy.h"
#include "git/repository.h"
#include "policy/reason.h"

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace srasta::tools {

/// What a file of a workspace became since its commit.
struct Overlaid {
  std::optional<std::string> bytes;  ///< nothing: it is gone
  bool executable = false;
};

/// A commit with what runs have made of its files; nothing of it is in a repository.
struct Workspace {
  std::string repository;
  git::Oid commit;
  std::map<std::string, Overlaid, std::less<>> files;
  bool busy = false;  ///< a run is under way in it
};

/// Folders that several runs of one caller share. In memory, bounded, each for its own time; they
/// end with the process. Of one loop.
class Workspaces {
 public:
  /// Whose a workspace is: nobody else can name it.
  struct Owner {
    std::string tenant;
    std::string principal;
    std::string persona;
    friend bool operator==(const Owner&, const Owner&) = default;
  };
  static constexpr size_t kMostOfOwner = 4;
  static constexpr size_t kMost = 32;
  static constexpr uint64_t kMostBytes = 32ULL << 20;  ///< of the changed files of one

  explicit Workspaces(base::Entropy& entropy) : entropy_(entropy) {}
  Workspaces(const Workspaces&) = delete;
  Workspaces& operator=(const Workspaces&) = delete;

  /// A handle, `ws_` and 128 random bits. CONCURRENCY when there are too many.
  [[nodiscard]] std::expected<std::string, policy::Reason> open(Owner owner, Workspace workspace,
                                                                base::Seconds ttl,
                                                                base::MonoTime now);
  /// HANDLE_UNKNOWN, HANDLE_FOREIGN, HANDLE_EXPIRED; CONCURRENCY while a run is under way in it.
  /// The workspace stays where it is until it is closed.
  [[nodiscard]] std::expected<Workspace*, policy::Reason> find(std::string_view handle,
                                                               const Owner& owner,
                                                               std::string_view repository,
                                                               base::MonoTime now);
  /// Errors as of `find`.
  [[nodiscard]] policy::Reason close(std::string_view handle, const Owner& owner,
                                     std::string_view repository, base::MonoTime now);

 private:
  struct Held {
    Owner owner;
    base::MonoTime ends;
    Workspace workspace;
  };
  /// Forgets what has been over for so long that nobody asks any more.
  void sweep(base::MonoTime now);

  base::Entropy& entropy_;
  std::map<std::string, Held, std::less<>> held_;
};

}  // namespace srasta::tools
