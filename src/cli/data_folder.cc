#include "cli/data_folder.h"

#include <array>
#include <pwd.h>
#include <unistd.h>

namespace srasta::cli {

std::string default_data_folder() {
  constexpr std::string_view kSystem = "/var/lib/srasta";
  if (::geteuid() == 0) return std::string(kSystem);
  std::array<char, 4096> texts;
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(::geteuid(), &entry, texts.data(), texts.size(), &found) != 0 ||
      found == nullptr) {
    return std::string(kSystem);
  }
  return std::string(found->pw_dir) + "/.local/share/srasta";
}

}  // namespace srasta::cli
