#include "cli/data_folder.h"

#include "process/user.h"

#include <unistd.h>

namespace srasta::cli {

std::string default_data_folder() {
  if (::geteuid() == 0) return "/var/lib/srasta";
  const auto user = process::current_user();
  return (user ? user->home : std::string()) + "/.local/share/srasta";
}

}  // namespace srasta::cli
