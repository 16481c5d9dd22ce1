#include "tools/workspaces.h"

#include "base/encoding.h"

#include <algorithm>
#include <utility>

namespace srasta::tools {

using policy::Reason;

namespace {

constexpr size_t kHandleBytes = 16;
/// So long it is still known that there was one: what is asked then is told that it is over.
constexpr base::Seconds kRemembered{600};

}  // namespace

std::expected<std::string, Reason> Workspaces::open(Owner owner, Workspace workspace,
                                                    base::Seconds ttl, base::MonoTime now) {
  sweep(now);
  const auto alive = [&](const auto& entry) { return entry.second.ends > now; };
  const auto own = [&](const auto& entry) { return alive(entry) && entry.second.owner == owner; };
  if (std::cmp_greater_equal(std::ranges::count_if(held_, own), kMostOfOwner) ||
      std::cmp_greater_equal(std::ranges::count_if(held_, alive), kMost)) {
    return std::unexpected(Reason::Concurrency);
  }
  std::string handle = "ws_" + base::to_hex(base::random_bytes(entropy_, kHandleBytes));
  held_.emplace(
      handle,
      Held{.owner = std::move(owner), .ends = now + ttl, .workspace = std::move(workspace)});
  return handle;
}

std::expected<Workspace*, Reason> Workspaces::find(std::string_view handle, const Owner& owner,
                                                   std::string_view repository,
                                                   base::MonoTime now) {
  const auto found = held_.find(handle);
  if (found == held_.end()) return std::unexpected(Reason::HandleUnknown);
  Held& held = found->second;
  if (held.owner != owner || held.workspace.repository != repository) {
    return std::unexpected(Reason::HandleForeign);
  }
  if (held.ends <= now) return std::unexpected(Reason::HandleExpired);
  if (held.workspace.busy) return std::unexpected(Reason::Concurrency);
  return &held.workspace;
}

Reason Workspaces::close(std::string_view handle, const Owner& owner, std::string_view repository,
                         base::MonoTime now) {
  const auto found = find(handle, owner, repository, now);
  if (!found) return found.error();
  held_.erase(held_.find(handle));
  return Reason::None;
}

void Workspaces::sweep(base::MonoTime now) {
  for (auto entry = held_.begin(); entry != held_.end();) {
    Held& held = entry->second;
    const bool over = held.ends <= now && !held.workspace.busy;
    if (over) held.workspace.files.clear();
    entry = over && held.ends + kRemembered <= now ? held_.erase(entry) : std::next(entry);
  }
}

}  // namespace srasta::tools
