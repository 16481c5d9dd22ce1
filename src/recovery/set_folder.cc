#include "recovery/set_folder.h"

#include "base/file.h"
#include "tlog/note.h"

#include <algorithm>

namespace srasta::recovery {

base::Result<SetFolder> read_set(const std::string& path) {
  base::PosixFileSystem files;
  SetFolder set;
  set.path = path;
  while (set.path.size() > 1 && set.path.ends_with('/')) set.path.pop_back();
  auto json =
      base::read_file(files, set.path + "/" + std::string(kManifestFile), kMostManifestBytes);
  if (!json) {
    if (json.error().code == base::Code::NotFound) {
      json.error().message = set.path + " is no complete backup set: there is no " +
                             std::string(kManifestFile) + " in it";
    }
    return json.error();
  }
  set.json = *std::move(json);
  auto manifest = parse_manifest(set.json);
  if (!manifest) {
    manifest.error().message = set.path + ": " + manifest.error().message;
    return manifest.error();
  }
  set.manifest = *std::move(manifest);
  const auto note =
      base::read_file(files, set.path + "/" + std::string(kSignatureFile), tlog::kMostNoteBytes);
  if (!note && note.error().code != base::Code::NotFound) return note.error();
  if (note) set.note = *note;
  return set;
}

base::Result<std::vector<ListedSet>> list_sets(const std::string& folder) {
  base::PosixFileSystem files;
  std::vector<ListedSet> sets;
  const auto names = files.list(folder);
  if (!names && names.error().code == base::Code::NotFound) return sets;
  if (!names) return names.error();
  for (const std::string& name : *names) {
    const bool partial = name.ends_with(kPartial);
    const std::string id = partial ? name.substr(0, name.size() - kPartial.size()) : name;
    if (!is_set_id(id)) continue;
    ListedSet listed{.id = id, .path = folder + "/" + name, .manifest = {}, .problem = {}};
    if (partial) {
      listed.problem = "not complete: it is being made, or its making was cut off";
    } else if (auto set = read_set(listed.path); set) {
      listed.manifest = std::move(set->manifest);
    } else {
      listed.problem = set.error().message;
    }
    sets.push_back(std::move(listed));
  }
  return sets;
}

std::vector<std::string> leftovers_of_restore(const std::string& data_folder) {
  base::PosixFileSystem files;
  const size_t slash = data_folder.rfind('/');
  if (slash == std::string::npos || slash + 1 == data_folder.size()) return {};
  const std::string parent = slash == 0 ? "/" : data_folder.substr(0, slash);
  const std::string prefix = data_folder.substr(slash + 1) + ".restoring-";
  std::vector<std::string> found;
  const auto names = files.list(parent);
  for (const std::string& name : names ? *names : std::vector<std::string>()) {
    if (name.starts_with(prefix)) found.push_back(parent + "/" + name);
  }
  return found;
}

}  // namespace srasta::recovery
