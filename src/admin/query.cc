#include "admin/query.h"

#include "json/document.h"
#include "json/writer.h"

#include <algorithm>

namespace srasta::admin {

base::Result<void> run(sql::Connection& database, std::string_view statement,
                       std::initializer_list<sql::Value> values) {
  SRASTA_TRY_ASSIGN(sql::Statement prepared, database.prepare(statement));
  return prepared.run(values);
}

base::Result<void> each_row(sql::Connection& database, std::string_view statement,
                            std::initializer_list<sql::Value> values,
                            const std::function<base::Result<void>(const sql::Statement&)>& visit) {
  SRASTA_TRY_ASSIGN(sql::Statement prepared, database.prepare(statement));
  SRASTA_TRY(prepared.bind(values));
  while (true) {
    SRASTA_TRY_ASSIGN(const bool found, prepared.step());
    if (!found) return {};
    SRASTA_TRY(visit(prepared));
  }
}

base::Result<int64_t> number_of(sql::Connection& database, std::string_view statement,
                                std::initializer_list<sql::Value> values) {
  int64_t number = 0;
  SRASTA_TRY(
      each_row(database, statement, values, [&](const sql::Statement& row) -> base::Result<void> {
        SRASTA_TRY_ASSIGN(number, row.integer(0));
        return {};
      }));
  return number;
}

base::Result<std::vector<std::string>> texts_in(sql::Connection& database,
                                                std::string_view statement,
                                                std::initializer_list<sql::Value> values) {
  std::vector<std::string> texts;
  SRASTA_TRY(
      each_row(database, statement, values, [&](const sql::Statement& row) -> base::Result<void> {
        SRASTA_TRY_ASSIGN(texts.emplace_back(), text_at(row, 0));
        return {};
      }));
  return texts;
}

base::Result<std::string> text_at(const sql::Statement& row, int column) {
  SRASTA_TRY_ASSIGN(const std::string_view text, row.text(column));
  return std::string(text);
}

base::Result<std::string> bytes_at(const sql::Statement& row, int column) {
  SRASTA_TRY_ASSIGN(const sql::Blob blob, row.blob(column));
  std::string bytes(blob.size(), '\0');
  std::ranges::transform(blob, bytes.begin(), [](std::byte one) { return static_cast<char>(one); });
  return bytes;
}

std::string list_json(std::span<const std::string> texts) {
  json::Writer writer;
  writer.begin_array();
  for (const std::string& text : texts) writer.string(text);
  return writer.end_array().take();
}

base::Result<std::vector<std::string>> parse_list(std::string_view json) {
  // Documents are objects.
  const auto document = json::Document::parse(R"({"list":)" + std::string(json) + "}");
  const auto list = document ? document->root().find("list") : std::nullopt;
  auto texts = list ? json::texts_of(*list) : std::nullopt;
  if (!texts) return base::make_error(base::Code::Corrupt, "admin.db: a list is no list");
  return *std::move(texts);
}

}  // namespace srasta::admin
