#pragma once

#include <string>

namespace srasta::cli {

/// Where an installation keeps its data unless --data says otherwise: /var/lib/srasta for root,
/// ~/.local/share/srasta for everybody else. The home folder is the one in the user database, so
/// that the environment of a caller cannot move it.
[[nodiscard]] std::string default_data_folder();

}  // namespace srasta::cli
