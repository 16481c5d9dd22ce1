#pragma once

#include "audit/commitment.h"
#include "base/entropy.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/shared_word.h"
#include "storage/sql.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::erasure {

/// Whom a commitment is about: exactly as the credential names them. Views.
struct SubjectRef {
  std::string_view tenant;
  std::string_view id;
};

/// `salts.db` in the folder of a stream: one random key for each subject, with which its commitment
/// is made. One process makes keys, others erase them. Blocking calls, any thread.
///
/// A row is found by a hash of the subject under a key of this file, so that the hash says nothing
/// to who has not the file, and is another one in each installation; it goes with the row. Rows lie
/// in the order of these hashes: not even when somebody came is told.
class SaltStore {
 public:
  /// Made when missing. `entropy` outlives the store. Code::Corrupt: damaged, and left as it is.
  [[nodiscard]] static base::Result<std::unique_ptr<SaltStore>> open(
      const std::string& stream_folder, base::Entropy& entropy);
  /// Code::NotFound instead of making one.
  [[nodiscard]] static base::Result<std::unique_ptr<SaltStore>> open_existing(
      const std::string& stream_folder, base::Entropy& entropy);

  /// `open` makes them.
  SaltStore(sql::Connection connection, std::unique_ptr<base::SharedWord> erasures,
            base::Secret lookup_key, base::Entropy& entropy);

  /// Nothing if the subject has no key.
  [[nodiscard]] base::Result<std::optional<audit::Commitment>> find(const SubjectRef& subject);
  /// Makes a key if the subject has none; it is durable then.
  [[nodiscard]] base::Result<audit::Commitment> find_or_make(const SubjectRef& subject);

  struct Erased {
    bool now = false;    ///< the subject had a key
    uint64_t total = 0;  ///< how many were ever erased, the ones of before included
  };
  /// Deletes the key of the subject, if it has one. `told` is the total that was recorded last: the
  /// file may be an older copy. Whoever looks at `erasures` notices before anybody else can ask for
  /// a key. On an error it may have happened; ask again.
  [[nodiscard]] base::Result<Erased> erase(const SubjectRef& subject, uint64_t told);
  /// After `erase`: no copy of a key stays in the file. It may be repeated.
  [[nodiscard]] base::Result<void> scrub();
  /// Erases what `later`, a newer copy of this store, has erased since: rows that it has not. How
  /// many; none if it knows of no more erasures than this one. Invalid if it is another store.
  [[nodiscard]] base::Result<uint64_t> erase_like(SaltStore& later);
  /// How many keys were ever erased.
  [[nodiscard]] base::Result<uint64_t> total();

  /// Changes with each erasure: what was found under another value has to be looked for again.
  [[nodiscard]] const base::SharedWord& erasures() const { return *erasures_; }

 private:
  [[nodiscard]] std::string row_of(const SubjectRef& subject) const;
  [[nodiscard]] base::Result<std::optional<audit::Commitment>> find_locked(
      const SubjectRef& subject);
  [[nodiscard]] base::Result<uint64_t> total_locked();
  [[nodiscard]] base::Result<std::vector<std::string>> rows_locked();

  std::mutex mutex_;
  sql::Connection connection_;
  const std::unique_ptr<base::SharedWord> erasures_;
  const base::Secret lookup_key_;
  base::Entropy& entropy_;
};

}  // namespace srasta::erasure
