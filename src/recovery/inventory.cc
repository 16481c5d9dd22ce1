#include "recovery/inventory.h"

#include "audit/stream_name.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>

namespace srasta::recovery {
namespace {

constexpr auto kParts = std::to_array<std::string_view>(
    {"keys", "admin", "budgets", "salts", "ledger", "config", "canary"});
static_assert(kParts.size() == static_cast<size_t>(Part::Canary) + 1);

constexpr auto kLeftOutFolders = std::to_array<LeftOut>({
    {"run/", "sockets, locks and notes of what runs"},
    {"access/", "compiled anew from the configuration and the users"},
    {"evidence/", "an index that is made anew from the ledger"},
    {"backups/", "backups"},
    {"logs/", "what engines wrote, which may hold prompts"},
    {"repositories/", "repositories, which have backups of their own"},
    {"egress/", "what leaves the perimeter is answered for anew"},
});
constexpr LeftOut kDraft = {"*.new", "a file that was being written when a crash came"};
constexpr LeftOut kTiles = {"audit/*/tile/", "made anew from the records"};
constexpr LeftOut kReserve = {"audit/*/reserve", "room, without content"};
constexpr LeftOut kKeptPolicy = {"tools/*.policy",
                                 "policies in force, taken anew from their signed documents"};
constexpr LeftOut kConfigCopy = {"restored.yaml", "the configuration of an earlier restore"};

/// The database, and what SQLite keeps beside it.
bool is_database(std::string_view path, std::string_view database) {
  if (!path.starts_with(database)) return false;
  const std::string_view rest = path.substr(database.size());
  return rest.empty() || rest == "-wal" || rest == "-shm" || rest == "-journal";
}

/// `path` lies in the folder of a stream.
std::optional<Place> place_in_stream(std::string_view path) {
  if (is_database(path, "salts.db") || path == "erasures") return Part::Salts;
  if (path == "reserve") return kReserve;
  if (path.starts_with("tile/")) return kTiles;
  const bool folder =
      path.starts_with("seg/") || path.starts_with("quarantine/") || path.starts_with("pruned/");
  const bool epoch = path.starts_with("epoch-") &&
                     (path.ends_with(".pub") || path.ends_with(".key") || path.ends_with(".end"));
  constexpr auto kNames = std::to_array<std::string_view>(
      {"LOCK", "head", "checkpoint", "checkpoints.log", "under-way", "cosigned"});
  const bool known = std::ranges::find(kNames, path) != kNames.end();
  if (folder || epoch || known || path.starts_with("cosigned-")) return Part::Ledger;
  return std::nullopt;
}

}  // namespace

std::string_view to_string(Part part) {
  return kParts[static_cast<size_t>(part)];
}

std::optional<Part> find_part(std::string_view name) {
  const auto* const found = std::ranges::find(kParts, name);
  if (found == kParts.end()) return std::nullopt;
  return static_cast<Part>(found - kParts.begin());
}

std::optional<Place> place_of(std::string_view path) {
  for (const LeftOut& folder : kLeftOutFolders) {
    if (path.starts_with(folder.path)) return folder;
  }
  if (path == kConfigCopy.path) return kConfigCopy;
  if (path.ends_with(".new")) return kDraft;
  if (path.starts_with("tools/") && path.ends_with(".policy")) return kKeptPolicy;
  if (path == "install.id" || path.starts_with("keys/")) return Part::Keys;
  if (is_database(path, "admin/admin.db")) return Part::Admin;
  if (is_database(path, "tools/tools.db")) return Part::Admin;
  if (is_database(path, "gateway/gateway.db")) return Part::Budgets;
  if (path.starts_with("forward/") && path.ends_with(".cursor")) return Part::Ledger;
  if (!path.starts_with("audit/")) return std::nullopt;
  path.remove_prefix(std::string_view("audit/").size());
  if (path == "origin" || path == "keys/log.pub") return Part::Ledger;
  const size_t slash = path.find('/');
  if (slash == path.npos || !audit::is_stream_name(path.substr(0, slash))) return std::nullopt;
  return place_in_stream(path.substr(slash + 1));
}

base::Result<Inventory> take_inventory(const std::string& data_folder) {
  namespace fs = std::filesystem;
  Inventory inventory;
  std::error_code failure;
  fs::recursive_directory_iterator walk(data_folder, failure);
  for (; !failure && walk != fs::recursive_directory_iterator(); walk.increment(failure)) {
    const std::string path = walk->path().lexically_relative(data_folder).string();
    const auto status = walk->symlink_status(failure);
    // What ran a moment ago may be gone.
    if (failure) {
      failure.clear();
      continue;
    }
    if (fs::is_directory(status)) {
      const auto place = place_of(path + "/");
      if (place && std::holds_alternative<LeftOut>(*place)) walk.disable_recursion_pending();
      if (place && std::holds_alternative<LeftOut>(*place)) {
        const LeftOut& out = std::get<LeftOut>(*place);
        inventory.left_out.emplace(out.path, out.why);
      }
      continue;
    }
    const auto place = place_of(path);
    if (!place || !fs::is_regular_file(status)) {
      return base::make_error(base::Code::Unsupported,
                              data_folder + "/" + path +
                                  ": no part of a backup has it, so the backup would not be "
                                  "complete; move it elsewhere if it is not the platform's");
    }
    if (const auto* const out = std::get_if<LeftOut>(&*place)) {
      inventory.left_out.emplace(out->path, out->why);
    } else {
      inventory.files[std::get<Part>(*place)].push_back(path);
    }
  }
  if (failure) {
    return base::make_error(base::Code::Io, data_folder + ": " + failure.message());
  }
  for (auto& [part, files] : inventory.files) std::ranges::sort(files);
  return inventory;
}

}  // namespace srasta::recovery
