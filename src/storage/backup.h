#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>

/// Copies of a database that others may have open. Same errors as in `storage/sql.h`; a file that
/// is damaged stays as it is.
namespace srasta::sql {

/// A database of which a copy is to be made. One thread.
class Source {
 public:
  /// Code::NotFound when there is none. Changes nothing but what SQLite itself mends after a crash.
  [[nodiscard]] static base::Result<Source> open(const std::string& path,
                                                 base::Millis busy_timeout = base::Millis(5'000));
  Source(Source&&) noexcept;
  Source& operator=(Source&&) noexcept;
  ~Source();

  /// Keeps everybody from writing until `release`, or until this process ends; they wait meanwhile
  /// for as long as their own timeouts are.
  [[nodiscard]] base::Result<void> hold();
  /// What `copy_to` will copy is what is there now. With Deletion::Erasing nobody can commit until
  /// this object is gone; otherwise others may write on.
  [[nodiscard]] base::Result<void> take_snapshot();
  void release();
  /// Makes a file of its own, mode 0600, which must not exist. After `take_snapshot`.
  [[nodiscard]] base::Result<void> copy_to(const std::string& path);

 private:
  struct Impl;
  explicit Source(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// What a whole database holds.
struct Shape {
  int64_t version = 0;
  std::map<std::string, int64_t> rows;  ///< by table

  bool operator==(const Shape&) const = default;
};

/// Reads all of a database that nobody has open, checks every page and index, and counts.
/// Code::Corrupt when anything is wrong with it.
[[nodiscard]] base::Result<Shape> inspect(const std::string& path);

}  // namespace srasta::sql
