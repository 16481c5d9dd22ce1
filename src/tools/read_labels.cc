#include "tools/read_labels.h"

#include "storage/query.h"

namespace srasta::tools {
namespace {

/// How old a memory may be before it is made younger.
constexpr int64_t kRenewed = 600;

bool is_forgotten(int64_t at, int64_t now) {
  return at + ReadLabels::kRemembered.count() <= now;
}

}  // namespace

base::Result<void> ReadLabels::load(sql::Connection& database, int64_t now) {
  SRASTA_TRY(run(database, "DELETE FROM read_label WHERE at <= ?", {now - kRemembered.count()}));
  return each_row(database, "SELECT principal, label, at FROM read_label", {},
                  [&](const sql::Statement& row) -> base::Result<void> {
                    SRASTA_TRY_ASSIGN(std::string principal, text_at(row, 0));
                    SRASTA_TRY_ASSIGN(const int64_t label, row.integer(1));
                    SRASTA_TRY_ASSIGN(const int64_t at, row.integer(2));
                    if (label < 0 || label > static_cast<int64_t>(policy::Label::Restricted)) {
                      return base::make_error(base::Code::Corrupt, "tools.db: a label is none");
                    }
                    read_[std::move(principal)] = {.label = static_cast<policy::Label>(label),
                                                   .at = at};
                    return {};
                  });
}

std::optional<policy::Label> ReadLabels::of(std::string_view principal, int64_t now) const {
  const auto found = read_.find(principal);
  if (found == read_.end() || is_forgotten(found->second.at, now)) return std::nullopt;
  return found->second.label;
}

bool ReadLabels::has_room(std::string_view principal, int64_t now) {
  if (read_.contains(principal) || read_.size() < parts_.most_principals) return true;
  std::erase_if(read_, [&](const auto& each) { return is_forgotten(each.second.at, now); });
  return read_.size() < parts_.most_principals;
}

net::Task<bool> ReadLabels::remember(std::string principal, policy::Label label, int64_t now) {
  const auto known = of(principal, now);
  // A lower label does not make the memory of a higher one any younger.
  if (known && (*known > label || (*known == label && now < read_[principal].at + kRenewed))) {
    co_return true;
  }
  if (!has_room(principal, now)) co_return false;
  const auto kept = co_await parts_.store.use([principal, label, now](sql::Connection& database) {
    return run(database,
               "INSERT INTO read_label (principal, label, at) VALUES (?, ?, ?) ON CONFLICT "
               "(principal) DO UPDATE SET label = CASE WHEN at <= ? THEN excluded.label ELSE "
               "max(label, excluded.label) END, at = max(at, excluded.at)",
               {principal, static_cast<int64_t>(label), now, now - kRemembered.count()});
  });
  if (!kept) {
    parts_.log.error("what was read cannot be remembered",
                     {{"reason", std::string_view(kept.error().message)}});
    co_return false;
  }
  Read& read = read_[principal];
  // Another call of the same principal may have come back first.
  if (is_forgotten(read.at, now) || read.label <= label) read = {.label = label, .at = now};
  co_return true;
}

}  // namespace srasta::tools
