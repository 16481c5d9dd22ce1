#pragma once

#include "base/result.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace srasta::recovery {

/// The parts of a backup set; each is one encrypted file.
enum class Part : uint8_t { Keys, Admin, Budgets, Salts, Ledger, Config, Canary };

[[nodiscard]] std::string_view to_string(Part part);
[[nodiscard]] std::optional<Part> find_part(std::string_view name);

/// Why a file of the data folder is in no part.
struct LeftOut {
  std::string_view path;  ///< of the rule, for people
  std::string_view why;

  bool operator==(const LeftOut&) const = default;
};

using Place = std::variant<Part, LeftOut>;

/// Where a file belongs, by its path within the data folder. Nothing: nobody knows it, so no backup
/// is complete.
[[nodiscard]] std::optional<Place> place_of(std::string_view path);

struct Inventory {
  std::map<Part, std::vector<std::string>> files;  ///< paths within the data folder, sorted
  std::map<std::string, std::string> left_out;     ///< path of the rule -> why
};

/// Every file of a data folder. Unsupported when there is one that is in no part and not left out
/// on purpose, or is neither folder nor regular file: the message names it.
[[nodiscard]] base::Result<Inventory> take_inventory(const std::string& data_folder);

}  // namespace srasta::recovery
