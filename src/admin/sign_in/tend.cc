#include "admin/accounts.h"
#include "admin/sign_in/counted.h"
#include "admin/sign_in/handoffs.h"
#include "admin/sign_in/issuer_keys.h"
#include "admin/sign_in/on_store.h"
#include "admin/sign_in/sign_in.h"
#include "base/ulid.h"

// What the sign-in does by itself.
namespace srasta::admin {
namespace {

using audit::Act;
using service::Journal;

}  // namespace

net::Task<void> SignIn::tend(Journal& journal) {
  const Counted under_way(tending_);
  const auto due = co_await on_store([rules = rules_](const Desk& desk) -> Answered<bool> {
    SRASTA_STORE(forget_expired(desk.database, rules->sessions, desk.now));
    SRASTA_STORE_ASSIGN(const bool wanted, wants_new_key(desk.database, desk.now));
    return wanted;
  });
  if (!due) {
    (void)unavailable(due.error());
    co_return;
  }
  if (!*due) co_return;
  auto key = make_issuer_key(parts_.box, parts_.entropy);
  if (!key) co_return;
  const std::string id = base::make_ulid(parts_.clock.wall(), parts_.entropy);
  const Journal::Change change{.object = key->id};
  auto intent = co_await journal.platform_changes(parts_.loop, id, Act::KeyRotate, change);
  if (!intent) co_return;
  const auto kept = co_await in_force(
      [key = *std::move(key)](const Desk& desk, Journal::Change& about) {
        return rotate_issuer_key(desk, about, key);
      },
      Actor{});
  journal.platform_changed(id, Act::KeyRotate, *std::move(intent), change,
                           kept ? std::string_view() : kept.error().reason);
  if (!kept) (void)unavailable(kept.error());
}

net::Task<void> SignIn::offer_ownership(Journal& journal, crypto::Digest link) {
  const Counted under_way(tending_);
  const auto owners = co_await on_store([](const Desk& desk) -> Answered<int64_t> {
    SRASTA_STORE_ASSIGN(const int64_t count, count_owners(desk.database));
    return count;
  });
  if (!owners || *owners > 0) co_return;
  const std::string id = base::make_ulid(parts_.clock.wall(), parts_.entropy);
  const Journal::Change change{.object = "first-owner"};
  auto intent = co_await journal.platform_changes(parts_.loop, id, Act::UserInvite, change);
  if (!intent) co_return;
  const auto stored = co_await on_store([link](const Desk& desk) -> Answered<bool> {
    SRASTA_STORE(store_handoff(desk.database, link, {}, desk.now));
    return true;
  });
  journal.platform_changed(id, Act::UserInvite, *std::move(intent), change,
                           stored ? std::string_view() : stored.error().reason);
}

}  // namespace srasta::admin
