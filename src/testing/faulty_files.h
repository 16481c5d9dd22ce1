#pragma once

#include "base/file.h"
#include "testing/seeded_entropy.h"

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

namespace srasta::testing {

/// A file system in memory that fails on demand and forgets what was not synced.
///
/// Operations that change something are counted from 0: append, truncate, sync, open with creation,
/// rename, remove, sync_folder. Safe to use from several threads.
class FaultyFiles final : public base::FileSystem {
 public:
  enum class Fault : uint8_t {
    Io,        ///< this operation fails after half of its effect
    PowerCut,  ///< this operation and everything after it fails, until `power_on`
  };

  FaultyFiles();
  ~FaultyFiles() override;

  // ---- faults

  void fail_at(uint64_t operation, Fault fault);
  /// Takes back those that did not happen yet.
  void forget_faults();
  /// Only so many bytes may be stored in all files together; appends past it are cut short.
  void limit_space(std::optional<uint64_t> bytes);
  /// Syncs wait until the returned object is gone.
  [[nodiscard]] std::unique_ptr<std::unique_lock<std::mutex>> hold_syncs();
  /// Loses names and bytes that were not synced: all, none, or any pages, as `seed` decides.
  /// Handles from before stay dead.
  void power_on(uint64_t seed);
  /// Another program goes on where one was killed: nothing is lost, and what was not synced still
  /// is not. Handles from before stay dead.
  void kill_program();
  [[nodiscard]] uint64_t operations() const;
  [[nodiscard]] uint64_t stored() const;

  // ---- the files as they are, for tests

  [[nodiscard]] std::map<std::string, std::string> contents() const;
  void put(const std::string& path, const std::string& content);

  // ---- base::FileSystem

  base::Result<std::unique_ptr<base::File>> open(const std::string& path,
                                                 base::OpenMode mode) override;
  base::Result<base::FileIdentity> identity(const std::string& path) override;
  base::Result<std::vector<std::string>> list(const std::string& folder) override;
  base::Result<void> make_folder(const std::string& folder) override;
  base::Result<void> rename(const std::string& from, const std::string& to) override;
  base::Result<void> remove(const std::string& path) override;
  base::Result<void> sync_folder(const std::string& folder) override;
  /// Below the limit of `limit_space`; without one there is no end.
  base::Result<uint64_t> free_bytes(const std::string& folder) override;

 private:
  class Handle;
  struct Node {
    uint64_t inode = 0;
    std::string content;
    std::string durable;
    bool locked = false;
  };
  using Names = std::map<std::string, std::shared_ptr<Node>>;

  /// Counts an operation and tells what becomes of it.
  [[nodiscard]] std::optional<Fault> begin_operation();
  [[nodiscard]] uint64_t stored_locked() const;
  static void lose_pages(Node& node, SeededEntropy& dice);

  mutable std::mutex mutex_;
  std::mutex sync_gate_;
  Names names_;
  Names durable_names_;
  std::set<std::string> folders_;
  std::map<uint64_t, Fault> faults_;
  std::optional<uint64_t> space_;
  uint64_t operations_ = 0;
  uint64_t next_inode_ = 1;
  uint64_t generation_ = 0;
  bool off_ = false;
};

}  // namespace srasta::testing
