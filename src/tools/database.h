#pragma once

#include "base/result.h"
#include "storage/sql.h"

#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::tools {

/// Where the tool gateway keeps approvals, merge requests and what was read: <data>/tools/tools.db.
/// Made when it is missing; its folder must exist. Damaged: Corrupt, and it stays as it is.
[[nodiscard]] base::Result<sql::Connection> open_database(const std::string& data_folder);

using Row = std::function<base::Result<void>(const sql::Statement&)>;
/// Runs one statement that returns no rows.
[[nodiscard]] base::Result<void> run(sql::Connection& database, std::string_view statement,
                                     std::initializer_list<sql::Value> values = {});
/// Calls `visit` with each row, until it fails.
[[nodiscard]] base::Result<void> each_row(sql::Connection& database, std::string_view statement,
                                          std::initializer_list<sql::Value> values,
                                          const Row& visit);
/// The only number of the first row; 0 when there is none.
[[nodiscard]] base::Result<int64_t> number_of(sql::Connection& database, std::string_view statement,
                                              std::initializer_list<sql::Value> values = {});
[[nodiscard]] base::Result<std::string> text_at(const sql::Statement& row, int column);

/// A JSON array of texts, as the database keeps lists.
[[nodiscard]] std::string list_json(std::span<const std::string> texts);
/// Code::Corrupt for anything else.
[[nodiscard]] base::Result<std::vector<std::string>> parse_list(std::string_view json);

}  // namespace srasta::tools
