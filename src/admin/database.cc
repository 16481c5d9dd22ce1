#include "admin/database.h"

#include "admin/schema.h"
#include "json/document.h"

#include <filesystem>
#include <system_error>

namespace srasta::admin {

std::string database_path(const std::string& data_folder) {
  return data_folder + "/admin/admin.db";
}

base::Result<sql::Connection> open_database(const std::string& data_folder) {
  return sql::Connection::open({.path = database_path(data_folder), .migrations = migrations()});
}

base::Result<std::optional<sql::Connection>> find_database(const std::string& data_folder) {
  std::error_code failure;
  const bool there = std::filesystem::exists(database_path(data_folder), failure);
  // What cannot be looked at may well be there: rules without it would admit whom it bars.
  if (failure) {
    return base::make_error(base::Code::Io,
                            "look for " + database_path(data_folder) + ": " + failure.message());
  }
  if (!there) return std::optional<sql::Connection>();
  SRASTA_TRY_ASSIGN(sql::Connection connection, open_database(data_folder));
  return std::optional<sql::Connection>(std::move(connection));
}

base::Result<std::vector<std::string>> parse_list(std::string_view json) {
  auto texts = json::parse_texts(json);
  if (!texts) return base::make_error(base::Code::Corrupt, "admin.db: a list is no list");
  return *std::move(texts);
}

}  // namespace srasta::admin
