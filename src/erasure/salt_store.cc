#include "erasure/salt_store.h"

#include "base/encoding.h"
#include "base/file.h"
#include "crypto/hash.h"

#include <algorithm>
#include <utility>

namespace srasta::erasure {
namespace {

using audit::Commitment;

constexpr size_t kKeyBytes = 32;

constexpr std::string_view kTables = R"(
CREATE TABLE lookup (
  key BLOB NOT NULL CHECK (length(key) = 32)  -- of the hashes by which rows are found; one row
) STRICT;
CREATE TABLE salt (
  subject BLOB PRIMARY KEY CHECK (length(subject) = 32),
  key BLOB NOT NULL CHECK (length(key) = 32)
) STRICT, WITHOUT ROWID;
CREATE TABLE erased (
  total INTEGER NOT NULL CHECK (total >= 0)  -- one row
) STRICT;
INSERT INTO erased VALUES (0);
)";

sql::Blob blob_of(std::string_view bytes) {
  return std::as_bytes(std::span(bytes.data(), bytes.size()));
}

std::string text_of(sql::Blob blob) {
  std::string text(blob.size(), '\0');
  std::ranges::copy(blob, std::as_writable_bytes(std::span(text)).begin());
  return text;
}

sql::Settings settings_of(const std::string& stream_folder) {
  return {.path = stream_folder + "/salts.db",
          .migrations = {kTables},
          .deletion = sql::Deletion::Erasing};
}

base::Result<std::optional<base::Secret>> read_key(sql::Statement& statement) {
  SRASTA_TRY_ASSIGN(const bool any, statement.step());
  if (!any) return std::optional<base::Secret>();
  SRASTA_TRY_ASSIGN(const sql::Blob key, statement.blob(0));
  std::optional<base::Secret> found(base::Secret(text_of(key)));
  // A statement in the middle of its rows would keep others from writing.
  SRASTA_TRY_ASSIGN([[maybe_unused]] const bool more, statement.step());
  return found;
}

base::Result<base::Secret> read_or_make_lookup_key(sql::Connection& connection,
                                                   base::Entropy& entropy) {
  {
    SRASTA_TRY_ASSIGN(sql::Statement reading, connection.prepare("SELECT key FROM lookup"));
    SRASTA_TRY_ASSIGN(auto found, read_key(reading));
    if (found) return *std::move(found);
  }
  // Two processes may make the file at once; one of them makes the key.
  SRASTA_TRY_ASSIGN(sql::Transaction transaction, connection.begin());
  SRASTA_TRY_ASSIGN(sql::Statement writing,
                    connection.prepare("INSERT INTO lookup SELECT ? WHERE NOT EXISTS "
                                       "(SELECT * FROM lookup)"));
  const base::Secret made(base::random_bytes(entropy, kKeyBytes));
  SRASTA_TRY(writing.run({blob_of(made.expose())}));
  SRASTA_TRY_ASSIGN(sql::Statement reading, connection.prepare("SELECT key FROM lookup"));
  SRASTA_TRY_ASSIGN(auto found, read_key(reading));
  SRASTA_TRY(transaction.commit());
  if (!found) return base::make_error(base::Code::Corrupt, "the salts have no key of rows");
  return *std::move(found);
}

}  // namespace

SaltStore::SaltStore(sql::Connection connection, std::unique_ptr<base::SharedWord> erasures,
                     base::Secret lookup_key, base::Entropy& entropy)
    : connection_(std::move(connection)),
      erasures_(std::move(erasures)),
      lookup_key_(std::move(lookup_key)),
      entropy_(entropy) {}

base::Result<std::unique_ptr<SaltStore>> SaltStore::open(const std::string& stream_folder,
                                                         base::Entropy& entropy) {
  SRASTA_TRY_ASSIGN(sql::Connection connection, sql::Connection::open(settings_of(stream_folder)));
  SRASTA_TRY_ASSIGN(base::Secret lookup_key, read_or_make_lookup_key(connection, entropy));
  SRASTA_TRY_ASSIGN(auto erasures, base::SharedWord::create(stream_folder + "/erasures"));
  return std::make_unique<SaltStore>(std::move(connection), std::move(erasures),
                                     std::move(lookup_key), entropy);
}

base::Result<std::unique_ptr<SaltStore>> SaltStore::open_existing(const std::string& stream_folder,
                                                                  base::Entropy& entropy) {
  base::PosixFileSystem files;
  SRASTA_TRY_ASSIGN([[maybe_unused]] const auto there, files.identity(stream_folder + "/salts.db"));
  return open(stream_folder, entropy);
}

/// Each part is preceded by its length, so that no two subjects give the same text.
std::string SaltStore::row_of(const SubjectRef& subject) const {
  std::string text = std::to_string(subject.tenant.size()) + ":";
  text.append(subject.tenant).append(std::to_string(subject.id.size())).append(":");
  text.append(subject.id);
  return std::string(crypto::bytes_of(crypto::hmac_sha256(lookup_key_.expose(), text)));
}

base::Result<std::optional<Commitment>> SaltStore::find_locked(const SubjectRef& subject) {
  SRASTA_TRY_ASSIGN(sql::Statement reading,
                    connection_.prepare("SELECT key FROM salt WHERE subject = ?"));
  const std::string row = row_of(subject);
  SRASTA_TRY(reading.bind({blob_of(row)}));
  SRASTA_TRY_ASSIGN(const auto key, read_key(reading));
  if (!key) return std::optional<Commitment>();
  return std::optional(Commitment::of(key->expose(), subject.id));
}

base::Result<std::optional<Commitment>> SaltStore::find(const SubjectRef& subject) {
  const std::scoped_lock lock(mutex_);
  return find_locked(subject);
}

base::Result<Commitment> SaltStore::find_or_make(const SubjectRef& subject) {
  const std::scoped_lock lock(mutex_);
  SRASTA_TRY_ASSIGN(auto found, find_locked(subject));
  if (found) return *found;
  SRASTA_TRY_ASSIGN(sql::Transaction transaction, connection_.begin());
  SRASTA_TRY_ASSIGN(sql::Statement writing,
                    connection_.prepare("INSERT INTO salt VALUES (?, ?) ON CONFLICT DO NOTHING"));
  const base::Secret key(base::random_bytes(entropy_, kKeyBytes));
  const std::string row = row_of(subject);
  SRASTA_TRY(writing.run({blob_of(row), blob_of(key.expose())}));
  // Another process may have been first.
  SRASTA_TRY_ASSIGN(found, find_locked(subject));
  SRASTA_TRY(transaction.commit());
  if (!found) return base::make_error(base::Code::Corrupt, "the salts lost a key");
  return *found;
}

base::Result<uint64_t> SaltStore::total_locked() {
  SRASTA_TRY_ASSIGN(sql::Statement reading, connection_.prepare("SELECT total FROM erased"));
  SRASTA_TRY_ASSIGN(const bool any, reading.step());
  if (!any) return base::make_error(base::Code::Corrupt, "the salts do not tell of erasures");
  SRASTA_TRY_ASSIGN(const int64_t total, reading.integer(0));
  SRASTA_TRY_ASSIGN([[maybe_unused]] const bool more, reading.step());
  return static_cast<uint64_t>(total);
}

base::Result<uint64_t> SaltStore::total() {
  const std::scoped_lock lock(mutex_);
  return total_locked();
}

base::Result<SaltStore::Erased> SaltStore::erase(const SubjectRef& subject, uint64_t told) {
  const std::scoped_lock lock(mutex_);
  // Nobody reads a key between what follows and the commit: who is told waits for what is true
  // then.
  SRASTA_TRY_ASSIGN(sql::Transaction transaction, connection_.begin(sql::Lock::All));
  SRASTA_TRY_ASSIGN(sql::Statement deleting,
                    connection_.prepare("DELETE FROM salt WHERE subject = ?"));
  const std::string row = row_of(subject);
  SRASTA_TRY(deleting.run({blob_of(row)}));
  Erased erased{.now = connection_.changes() > 0};
  SRASTA_TRY_ASSIGN(erased.total, total_locked());
  if (!erased.now) return erased;
  erased.total = std::max(erased.total, told) + 1;
  SRASTA_TRY_ASSIGN(sql::Statement counting, connection_.prepare("UPDATE erased SET total = ?"));
  SRASTA_TRY(counting.run({static_cast<int64_t>(erased.total)}));
  erasures_->store(erasures_->load() + 1);
  SRASTA_TRY(transaction.commit());
  return erased;
}

/// Subject and key of each row.
base::Result<std::vector<std::string>> SaltStore::rows_locked() {
  SRASTA_TRY_ASSIGN(sql::Statement reading,
                    connection_.prepare("SELECT subject, key FROM salt ORDER BY subject"));
  std::vector<std::string> rows;
  while (true) {
    SRASTA_TRY_ASSIGN(const bool more, reading.step());
    if (!more) return rows;
    SRASTA_TRY_ASSIGN(const sql::Blob subject, reading.blob(0));
    SRASTA_TRY_ASSIGN(const sql::Blob key, reading.blob(1));
    rows.push_back(text_of(subject) + text_of(key));
  }
}

base::Result<uint64_t> SaltStore::erase_like(SaltStore& later) {
  const std::scoped_lock lock(mutex_, later.mutex_);
  if (!base::equal_constant_time(lookup_key_.expose(), later.lookup_key_.expose())) {
    return base::make_error(base::Code::Invalid, "these are the salts of another installation");
  }
  SRASTA_TRY_ASSIGN(const uint64_t told, later.total_locked());
  SRASTA_TRY_ASSIGN(const uint64_t total, total_locked());
  if (told <= total) return uint64_t{0};
  SRASTA_TRY_ASSIGN(const auto kept, later.rows_locked());
  SRASTA_TRY_ASSIGN(const auto rows, rows_locked());
  SRASTA_TRY_ASSIGN(sql::Transaction transaction, connection_.begin(sql::Lock::All));
  SRASTA_TRY_ASSIGN(sql::Statement deleting,
                    connection_.prepare("DELETE FROM salt WHERE subject = ?"));
  uint64_t erased = 0;
  for (const std::string& row : rows) {
    // Who came back after the erasure has another key there.
    if (std::ranges::binary_search(kept, row)) continue;
    SRASTA_TRY(deleting.run({blob_of(std::string_view(row).substr(0, kKeyBytes))}));
    ++erased;
  }
  SRASTA_TRY_ASSIGN(sql::Statement counting, connection_.prepare("UPDATE erased SET total = ?"));
  SRASTA_TRY(counting.run({static_cast<int64_t>(told)}));
  erasures_->store(erasures_->load() + 1);
  SRASTA_TRY(transaction.commit());
  return erased;
}

base::Result<void> SaltStore::scrub() {
  const std::scoped_lock lock(mutex_);
  return connection_.scrub();
}

}  // namespace srasta::erasure
