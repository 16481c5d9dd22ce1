#include "storage/query.h"

#include <algorithm>

namespace srasta::sql {

base::Result<void> run(Connection& database, std::string_view statement,
                       std::initializer_list<Value> values) {
  SRASTA_TRY_ASSIGN(Statement prepared, database.prepare(statement));
  return prepared.run(values);
}

base::Result<void> each_row(Connection& database, std::string_view statement,
                            std::initializer_list<Value> values,
                            const std::function<base::Result<void>(const Statement&)>& visit) {
  SRASTA_TRY_ASSIGN(Statement prepared, database.prepare(statement));
  SRASTA_TRY(prepared.bind(values));
  while (true) {
    SRASTA_TRY_ASSIGN(const bool found, prepared.step());
    if (!found) return {};
    SRASTA_TRY(visit(prepared));
  }
}

base::Result<int64_t> number_of(Connection& database, std::string_view statement,
                                std::initializer_list<Value> values) {
  int64_t number = 0;
  SRASTA_TRY(each_row(database, statement, values, [&](const Statement& row) -> base::Result<void> {
    SRASTA_TRY_ASSIGN(number, row.integer(0));
    return {};
  }));
  return number;
}

base::Result<std::vector<std::string>> texts_in(Connection& database, std::string_view statement,
                                                std::initializer_list<Value> values) {
  std::vector<std::string> texts;
  SRASTA_TRY(each_row(database, statement, values, [&](const Statement& row) -> base::Result<void> {
    SRASTA_TRY_ASSIGN(texts.emplace_back(), text_at(row, 0));
    return {};
  }));
  return texts;
}

base::Result<std::string> text_at(const Statement& row, int column) {
  SRASTA_TRY_ASSIGN(const std::string_view text, row.text(column));
  return std::string(text);
}

base::Result<std::string> bytes_at(const Statement& row, int column) {
  SRASTA_TRY_ASSIGN(const Blob blob, row.blob(column));
  std::string bytes(blob.size(), '\0');
  std::ranges::transform(blob, bytes.begin(), [](std::byte one) { return static_cast<char>(one); });
  return bytes;
}

}  // namespace srasta::sql
