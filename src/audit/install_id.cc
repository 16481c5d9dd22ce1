#include "audit/install_id.h"

namespace srasta::audit {

base::Result<std::string> read_install_id(base::FileSystem& files,
                                          const std::string& audit_folder) {
  constexpr uint64_t kMostIdBytes = 256;
  const std::string path = audit_folder + "/origin";
  const auto text = base::read_file(files, path, kMostIdBytes);
  if (!text) return base::make_error(base::Code::Io, path + ": " + text.error().message);
  return text->substr(0, text->find('\n'));
}

}  // namespace srasta::audit
