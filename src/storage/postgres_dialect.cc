#include "storage/postgres_dialect.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace srasta::sql {
namespace {

/// Words of SQLite, in capitals as schemas have them, and what PostgreSQL has for them.
constexpr auto kWords = std::to_array<std::pair<std::string_view, std::string_view>>(
    {{"INTEGER", "BIGINT"}, {"REAL", "DOUBLE PRECISION"}, {"BLOB", "BYTEA"}});
/// Options behind the closing parenthesis of CREATE TABLE.
constexpr auto kTableOptions = std::to_array<std::string_view>(
    {" STRICT, WITHOUT ROWID", " WITHOUT ROWID, STRICT", " STRICT", " WITHOUT ROWID"});

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

/// How long the literal, quoted name, or comment at the beginning of `text` is; 0: there is none.
size_t untouched(std::string_view text) {
  for (const char quote : {'\'', '"'}) {
    if (text.front() != quote) continue;
    const size_t end = text.find(quote, 1);
    return end == text.npos ? text.size() : end + 1;
  }
  for (const auto& [opening, closing] :
       {std::pair<std::string_view, std::string_view>("--", "\n"),
        std::pair<std::string_view, std::string_view>("/*", "*/")}) {
    if (!text.starts_with(opening)) continue;
    const size_t end = text.find(closing, opening.size());
    return end == text.npos ? text.size() : end + closing.size();
  }
  return 0;
}

size_t word_length(std::string_view text) {
  return static_cast<size_t>(std::ranges::find_if_not(text, is_word) - text.begin());
}

std::string_view translated(std::string_view word) {
  const auto* const found =
      std::ranges::find(kWords, word, [](const auto& row) { return row.first; });
  return found == kWords.end() ? word : found->second;
}

size_t table_options(std::string_view text) {
  for (const std::string_view option : kTableOptions) {
    if (text.starts_with(option)) return option.size();
  }
  return 0;
}

}  // namespace

std::string to_postgres(std::string_view sql) {
  std::string out;
  unsigned parameters = 0;
  while (!sql.empty()) {
    size_t taken = 1;
    if (const size_t kept = untouched(sql); kept != 0) {
      taken = kept;
      out += sql.substr(0, taken);
    } else if (is_word(sql.front())) {
      taken = word_length(sql);
      out += translated(sql.substr(0, taken));
    } else if (sql.front() == '?') {
      const size_t digits = word_length(sql.substr(1));
      out += '$';
      out += digits == 0 ? std::to_string(++parameters) : std::string(sql.substr(1, digits));
      taken += digits;
    } else {
      out += sql.front();
      if (sql.front() == ')') taken += table_options(sql.substr(1));
    }
    sql.remove_prefix(taken);
  }
  return out;
}

}  // namespace srasta::sql
