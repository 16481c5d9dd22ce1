#include "sandbox/account_range.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace srasta::sandbox {
namespace {

constexpr uid_t kFirst = 200'000;
constexpr uid_t kRanges = 64;

}  // namespace

base::Result<AccountRange> AccountRange::take(const std::string& folder) {
  if (::geteuid() != 0) return AccountRange(kFirst, base::Descriptor());
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return base::errno_error("make " + folder, errno);
  }
  for (uid_t range = 0; range < kRanges; ++range) {
    const std::string file = folder + "/" + std::to_string(range);
    base::Descriptor lock(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!lock.open()) return base::errno_error("open " + file, errno);
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) {
      return AccountRange(kFirst + range * static_cast<uid_t>(kAccounts), std::move(lock));
    }
  }
  return base::make_error(base::Code::Exhausted, "every range of accounts for runs is in use");
}

}  // namespace srasta::sandbox
