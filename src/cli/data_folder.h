#pragma once

#include <string>

namespace srasta::cli {

/// Where state lives without --data: /var/lib/srasta as root, else ~/.local/share/srasta, with the
/// home folder of the account database (the variable HOME may belong to someone else under sudo).
[[nodiscard]] std::string default_data_folder();

}  // namespace srasta::cli
