#pragma once

#include <string>

namespace srasta::cli {

/// Where state lives without --data: /var/lib/srasta as root, else ~/.local/share/srasta, with the
/// home folder of the account database (the variable HOME may belong to someone else under sudo).
[[nodiscard]] std::string default_data_folder();

/// Whether the configuration file lies in a folder that also holds the data folder. Services may
/// not look into such a folder, for the keys in there; so they do not see a file that takes the
/// place of this one while they run.
[[nodiscard]] bool is_beside_data(const std::string& config_file, const std::string& data_folder);

}  // namespace srasta::cli
