#include "cli/data_folder.h"

#include "process/user.h"

#include <filesystem>
#include <system_error>
#include <unistd.h>

namespace srasta::cli {

std::string default_data_folder() {
  if (::geteuid() == 0) return "/var/lib/srasta";
  const auto user = process::current_user();
  return (user ? user->home : std::string()) + "/.local/share/srasta";
}

bool is_beside_data(const std::string& config_file, const std::string& data_folder) {
  std::error_code failure;
  const auto data = std::filesystem::weakly_canonical(data_folder, failure);
  const auto file = std::filesystem::absolute(config_file, failure);
  const auto relative =
      data.lexically_relative(std::filesystem::weakly_canonical(file.parent_path(), failure));
  return failure || (!relative.empty() && *relative.begin() != "..");
}

}  // namespace srasta::cli
