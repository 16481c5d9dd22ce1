#include "storage/postgres.h"

#include "base/encoding.h"
#include "storage/postgres_dialect.h"
#include "storage/sql_engine.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <libpq-fe.h>
#include <memory>
#include <optional>
#include <utility>

namespace srasta::sql {
namespace {

using base::Code;
using base::make_error;

struct Closer {
  void operator()(PGconn* connection) const { ::PQfinish(connection); }
  void operator()(PGresult* result) const { ::PQclear(result); }
};
using Session = std::unique_ptr<PGconn, Closer>;
using Rows = std::unique_ptr<PGresult, Closer>;

// Types by the numbers of pg_type.dat, which never change.
constexpr Oid kBool = 16;
constexpr Oid kBytea = 17;
constexpr Oid kName = 19;
constexpr Oid kInt8 = 20;
constexpr Oid kInt2 = 21;
constexpr Oid kInt4 = 23;
constexpr Oid kText = 25;
constexpr Oid kFloat8 = 701;
constexpr Oid kVarchar = 1043;
constexpr int kBinary = 1;

/// By the class of an SQLSTATE (PostgreSQL documentation, appendix A).
Code code_of(std::string_view state) {
  constexpr auto kClasses =
      std::to_array<std::pair<std::string_view, Code>>({{"22001", Code::TooLarge},
                                                        {"54", Code::TooLarge},
                                                        {"23", Code::Conflict},
                                                        {"40", Code::Unavailable},
                                                        {"08", Code::Unavailable},
                                                        {"53", Code::Unavailable},
                                                        {"55", Code::Unavailable},
                                                        {"57", Code::Unavailable},
                                                        {"28", Code::Unavailable},
                                                        {"58", Code::Io},
                                                        {"XX", Code::Corrupt}});
  for (const auto& [prefix, code] : kClasses) {
    if (state.starts_with(prefix)) return code;
  }
  return state.empty() ? Code::Unavailable : Code::Invalid;
}

template <typename Number>
std::array<char, sizeof(Number)> big_endian(Number number) {
  auto bytes = std::bit_cast<std::array<char, sizeof(Number)>>(number);
  std::ranges::reverse(bytes);
  return bytes;
}

template <typename Number>
Number from_big_endian(const char* bytes) {
  std::array<char, sizeof(Number)> copy{};
  std::reverse_copy(bytes, bytes + sizeof(Number), copy.begin());
  return std::bit_cast<Number>(copy);
}
static_assert(std::endian::native == std::endian::little);

/// The parameters of one execution, in the form of the wire.
class Parameters {
 public:
  explicit Parameters(std::span<const Value> values) {
    texts_.reserve(values.size());
    for (const Value& value : values) std::visit([this](const auto& each) { add(each); }, value);
    for (const auto& text : texts_) {
      places_.push_back(text ? text->data() : nullptr);
      lengths_.push_back(text ? static_cast<int>(text->size()) : 0);
    }
  }

  [[nodiscard]] Rows execute(PGconn* session, const std::string& sql) const {
    const std::vector<int> formats(places_.size(), kBinary);
    return Rows(::PQexecParams(session, sql.c_str(), static_cast<int>(places_.size()),
                               types_.data(), places_.data(), lengths_.data(), formats.data(),
                               kBinary));
  }

 private:
  void add(std::nullptr_t) { add(0, std::nullopt); }
  void add(int64_t number) {
    const auto bytes = big_endian(number);
    add(kInt8, std::string(bytes.begin(), bytes.end()));
  }
  void add(double number) {
    const auto bytes = big_endian(number);
    add(kFloat8, std::string(bytes.begin(), bytes.end()));
  }
  void add(std::string_view text) { add(kText, std::string(text)); }
  void add(Blob bytes) {
    std::string copy(bytes.size(), '\0');
    if (!bytes.empty()) std::memcpy(copy.data(), bytes.data(), bytes.size());
    add(kBytea, std::move(copy));
  }
  void add(Oid type, std::optional<std::string> text) {
    types_.push_back(type);
    texts_.push_back(std::move(text));
  }

  std::vector<Oid> types_;
  std::vector<std::optional<std::string>> texts_;
  std::vector<const char*> places_;
  std::vector<int> lengths_;
};

/// What statements of a connection share.
struct Link {
  Session session;
  std::string name;  ///< of the schema, for messages
  int64_t changes = 0;
  bool in_transaction = false;

  [[nodiscard]] base::Error error(const PGresult* result) const {
    const char* const state = ::PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char* const text = ::PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const std::string_view known = state == nullptr ? std::string_view() : state;
    return make_error(
        code_of(known),
        "schema " + name + ": " + (text == nullptr ? "the database server does not answer" : text),
        "SQLSTATE " + std::string(known));
  }

  [[nodiscard]] base::Result<Rows> judged(Rows rows) {
    const ExecStatusType status = ::PQresultStatus(rows.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) return error(rows.get());
    const auto count = base::parse_u64(::PQcmdTuples(rows.get()));
    changes = static_cast<int64_t>(count.value_or(0));
    return rows;
  }

  [[nodiscard]] base::Result<Rows> plain(const std::string& sql) {
    return judged(Rows(::PQexec(session.get(), sql.c_str())));
  }

  /// Runs `work`, which gives Rows; when it fails in a transaction, what came before it stays good.
  template <typename Work>
  base::Result<Rows> guarded(const Work& work) {
    if (!in_transaction) return judged(work());
    SRASTA_TRY(plain("SAVEPOINT srasta_statement"));
    auto rows = judged(work());
    const int64_t counted = changes;
    SRASTA_TRY(plain(rows ? "RELEASE srasta_statement" : "ROLLBACK TO srasta_statement"));
    changes = counted;
    return rows;
  }
};

class PostgresStatement final : public PreparedStatement {
 public:
  PostgresStatement(Link& link, std::string sql, size_t parameters)
      : link_(link), sql_(std::move(sql)), count_(parameters) {
    if (count_ == 0) parameters_.emplace(std::span<const Value>());
  }

  base::Result<void> bind(std::span<const Value> values) override {
    reset();
    if (values.size() != count_) {
      return make_error(Code::Invalid, "schema " + link_.name + ": wrong number of parameters: " +
                                           std::to_string(values.size()));
    }
    parameters_.emplace(values);
    return {};
  }

  base::Result<bool> step() override {
    if (rows_ == nullptr) {
      // A parameter that was never bound is NULL, as in SQLite.
      if (!parameters_) parameters_.emplace(std::vector<Value>(count_, nullptr));
      SRASTA_TRY_ASSIGN(
          rows_, link_.guarded([this] { return parameters_->execute(link_.session.get(), sql_); }));
    }
    if (++row_ < ::PQntuples(rows_.get())) return true;
    reset();
    return false;
  }

  void reset() override {
    rows_.reset();
    row_ = -1;
  }

  [[nodiscard]] base::Result<int64_t> integer(int index) const override {
    switch (type_of(index)) {
      case kInt8:
        return from_big_endian<int64_t>(value(index));
      case kInt4:
        return int64_t{from_big_endian<int32_t>(value(index))};
      case kInt2:
        return int64_t{from_big_endian<int16_t>(value(index))};
      case kBool:
        return int64_t{*value(index)};
      default:
        return other_type(index);
    }
  }

  [[nodiscard]] base::Result<double> real(int index) const override {
    if (type_of(index) != kFloat8) return other_type(index);
    return from_big_endian<double>(value(index));
  }

  [[nodiscard]] base::Result<std::string_view> text(int index) const override {
    const Oid type = type_of(index);
    if (type != kText && type != kVarchar && type != kName) return other_type(index);
    return std::string_view(value(index), length(index));
  }

  [[nodiscard]] base::Result<Blob> blob(int index) const override {
    if (type_of(index) != kBytea) return other_type(index);
    return std::as_bytes(std::span(value(index), length(index)));
  }

  [[nodiscard]] bool is_null(int index) const override { return type_of(index) == 0; }

 private:
  /// 0 of what is NULL or not there.
  [[nodiscard]] Oid type_of(int index) const {
    const bool there = row_ >= 0 && index >= 0 && index < ::PQnfields(rows_.get()) &&
                       ::PQgetisnull(rows_.get(), row_, index) == 0;
    return there ? ::PQftype(rows_.get(), index) : 0;
  }
  [[nodiscard]] const char* value(int index) const {
    return ::PQgetvalue(rows_.get(), row_, index);
  }
  [[nodiscard]] size_t length(int index) const {
    return static_cast<size_t>(::PQgetlength(rows_.get(), row_, index));
  }
  [[nodiscard]] base::Error other_type(int index) const {
    return make_error(Code::Invalid, "schema " + link_.name + ": column " + std::to_string(index) +
                                         " has another type");
  }

  Link& link_;
  const std::string sql_;
  const size_t count_;
  std::optional<Parameters> parameters_;
  Rows rows_;
  int row_ = -1;
};

class PostgresDatabase final : public Database {
 public:
  explicit PostgresDatabase(Link link) : link_(std::move(link)) {}

  base::Result<std::unique_ptr<PreparedStatement>> prepare(std::string_view sql) override {
    if (sql.find_first_not_of(" \n\t;") == sql.npos) {
      return make_error(Code::Invalid, "schema " + link_.name + ": an empty statement");
    }
    std::string text = to_postgres(sql);
    // The server reads it, so that what is wrong with it is known here and its parameters are.
    SRASTA_TRY_ASSIGN(const Rows described, link_.guarded([&] {
      Rows read(::PQprepare(link_.session.get(), "", text.c_str(), 0, nullptr));
      if (::PQresultStatus(read.get()) != PGRES_COMMAND_OK) return read;
      return Rows(::PQdescribePrepared(link_.session.get(), ""));
    }));
    const auto parameters = static_cast<size_t>(::PQnparams(described.get()));
    return std::unique_ptr<PreparedStatement>(
        std::make_unique<PostgresStatement>(link_, std::move(text), parameters));
  }

  base::Result<void> execute(const std::string& sql) override {
    const std::string text = to_postgres(sql);
    SRASTA_TRY(link_.guarded([&] { return Rows(::PQexec(link_.session.get(), text.c_str())); }));
    return {};
  }

  /// One writer at a time, as with SQLite: a lock of the schema, for the transaction. Each
  /// statement behind it sees what the writer before has committed.
  base::Result<void> begin(Lock lock) override {
    if (lock == Lock::All) {
      return make_error(Code::Unsupported, "schema " + link_.name + ": readers are not locked out");
    }
    SRASTA_TRY(link_.plain("BEGIN ISOLATION LEVEL READ COMMITTED"));
    if (auto locked = link_.plain("SELECT pg_advisory_xact_lock(hashtext('srasta'), "
                                  "hashtext(current_schema()))");
        !locked) {
      rollback();
      return locked.error();
    }
    link_.in_transaction = true;
    return {};
  }
  base::Result<void> commit() override {
    SRASTA_TRY(link_.plain("COMMIT"));
    link_.in_transaction = false;
    return {};
  }
  void rollback() override {
    (void)link_.plain("ROLLBACK");
    link_.in_transaction = false;
  }
  base::Result<void> scrub() override {
    return make_error(Code::Unsupported,
                      "schema " + link_.name + ": this engine cannot erase what is deleted");
  }
  [[nodiscard]] int64_t changes() const override { return link_.changes; }

  base::Result<int64_t> version() override {
    SRASTA_TRY(execute("CREATE TABLE IF NOT EXISTS srasta_version (version BIGINT NOT NULL)"));
    SRASTA_TRY_ASSIGN(const auto asked,
                      prepare("SELECT coalesce(max(version), 0) FROM srasta_version"));
    SRASTA_TRY_ASSIGN(const bool any, asked->step());
    if (!any) return make_error(Code::Corrupt, "schema " + link_.name + ": no version");
    return asked->integer(0);
  }
  base::Result<void> set_version(int64_t version) override {
    return execute("INSERT INTO srasta_version VALUES (" + std::to_string(version) + ")");
  }

 private:
  Link link_;
};

bool is_schema_name(std::string_view name) {
  constexpr size_t kLongest = 63;
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && name.size() <= kLongest && name.front() >= 'a' && name.front() <= 'z' &&
         std::ranges::all_of(name, fits);
}

base::Result<void> set_up(Link& link, const PostgresSettings& settings) {
  const std::string timeout = std::to_string(std::max<int64_t>(settings.busy_timeout.count(), 1));
  for (const std::string& sql :
       {std::string("SET client_min_messages = error"), "SET lock_timeout = " + timeout,
        std::string("SET synchronous_commit = on"), "CREATE SCHEMA IF NOT EXISTS " + link.name,
        "SET search_path = " + link.name}) {
    SRASTA_TRY(link.plain(sql));
  }
  return {};
}

}  // namespace

base::Result<Connection> open_postgres(const PostgresSettings& settings) {
  if (!is_schema_name(settings.schema)) {
    return make_error(Code::Invalid, "schema: [a-z][a-z0-9_]{0,62}");
  }
  Link link{.session = Session(::PQconnectdb(settings.conninfo.c_str())), .name = settings.schema};
  if (::PQstatus(link.session.get()) != CONNECTION_OK) {
    return make_error(Code::Unavailable,
                      "schema " + settings.schema + ": the database server does not answer",
                      ::PQerrorMessage(link.session.get()));
  }
  SRASTA_TRY(set_up(link, settings));
  std::unique_ptr<Database> database = std::make_unique<PostgresDatabase>(std::move(link));
  SRASTA_TRY(migrate(*database, "schema " + settings.schema, settings.migrations));
  return Connection(std::move(database));
}

}  // namespace srasta::sql
