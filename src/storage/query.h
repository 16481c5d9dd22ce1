#pragma once

#include "base/result.h"
#include "storage/sql.h"

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

// The usual ways to ask a database, in one call each. Errors: those of sql.h.
namespace srasta::sql {

/// Runs one statement that returns no rows.
[[nodiscard]] base::Result<void> run(Connection& database, std::string_view statement,
                                     std::initializer_list<Value> values = {});

/// Calls `visit` with each row, until it fails.
[[nodiscard]] base::Result<void> each_row(
    Connection& database, std::string_view statement, std::initializer_list<Value> values,
    const std::function<base::Result<void>(const Statement&)>& visit);

/// The only number of the first row; 0 when there is none.
[[nodiscard]] base::Result<int64_t> number_of(Connection& database, std::string_view statement,
                                              std::initializer_list<Value> values = {});

/// The first column of all rows.
[[nodiscard]] base::Result<std::vector<std::string>> texts_in(
    Connection& database, std::string_view statement, std::initializer_list<Value> values = {});

[[nodiscard]] base::Result<std::string> text_at(const Statement& row, int column);
[[nodiscard]] base::Result<std::string> bytes_at(const Statement& row, int column);

}  // namespace srasta::sql
