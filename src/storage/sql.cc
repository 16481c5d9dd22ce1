#include "storage/sql.h"

#include "storage/sql_engine.h"
#include "storage/sqlite_open.h"

#include <utility>

namespace srasta::sql {

Statement::Statement(std::unique_ptr<PreparedStatement> prepared)
    : prepared_(std::move(prepared)) {}
Statement::Statement(Statement&&) noexcept = default;
Statement& Statement::operator=(Statement&&) noexcept = default;
Statement::~Statement() = default;

base::Result<void> Statement::bind(std::initializer_list<Value> values) {
  return prepared_->bind(values);
}

base::Result<bool> Statement::step() {
  return prepared_->step();
}

base::Result<void> Statement::run(std::initializer_list<Value> values) {
  SRASTA_TRY(bind(values));
  bool more = true;
  while (more) {
    SRASTA_TRY_ASSIGN(more, step());
  }
  prepared_->reset();
  return {};
}

base::Result<int64_t> Statement::integer(int index) const {
  return prepared_->integer(index);
}

base::Result<double> Statement::real(int index) const {
  return prepared_->real(index);
}

base::Result<std::string_view> Statement::text(int index) const {
  return prepared_->text(index);
}

base::Result<Blob> Statement::blob(int index) const {
  return prepared_->blob(index);
}

bool Statement::is_null(int index) const {
  return prepared_->is_null(index);
}

Transaction::Transaction(Transaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

Transaction::~Transaction() {
  if (database_ != nullptr) database_->rollback();
}

base::Result<void> Transaction::commit() {
  Database* const database = std::exchange(database_, nullptr);
  if (database == nullptr) return base::make_error(base::Code::Invalid, "already committed");
  auto committed = database->commit();
  if (!committed) database->rollback();
  return committed;
}

Connection::Connection(std::unique_ptr<Database> database) : database_(std::move(database)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

base::Result<Connection> Connection::open(const Settings& settings) {
  SRASTA_TRY_ASSIGN(auto database, open_sqlite(settings));
  return Connection(std::move(database));
}

base::Result<Statement> Connection::prepare(std::string_view sql) {
  SRASTA_TRY_ASSIGN(auto prepared, database_->prepare(sql));
  return Statement(std::move(prepared));
}

base::Result<void> Connection::execute(const std::string& sql) {
  return database_->execute(sql);
}

base::Result<Transaction> Connection::begin(Lock lock) {
  SRASTA_TRY(database_->begin(lock));
  return Transaction(*database_);
}

base::Result<void> Connection::scrub() {
  return database_->scrub();
}

int64_t Connection::changes() const {
  return database_->changes();
}

}  // namespace srasta::sql
