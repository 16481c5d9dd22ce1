#include "sandbox/bubblewrap.h"

#include <initializer_list>
#include <string_view>

namespace srasta::sandbox {
namespace {

class Line {
 public:
  void add(std::initializer_list<std::string_view> words) {
    for (const std::string_view word : words) words_.emplace_back(word);
  }
  void add_all(const std::vector<std::string>& words) {
    words_.insert(words_.end(), words.begin(), words.end());
  }
  std::vector<std::string> take() { return std::move(words_); }

 private:
  std::vector<std::string> words_;
};

}  // namespace

std::vector<std::string> bubblewrap_arguments(const BubblewrapDescriptors& passed,
                                              const InitSpec& spec) {
  Line line;
  line.add({"--unshare-all", "--unshare-user", "--disable-userns"});
  line.add({"--die-with-parent", "--new-session", "--hostname", "sandbox"});
  line.add({"--cap-drop", "ALL", "--cap-add", "CAP_SYS_ADMIN", "--clearenv"});
  line.add({"--ro-bind", "/usr", "/usr"});
  line.add({"--symlink", "usr/bin", "/bin", "--symlink", "usr/sbin", "/sbin"});
  line.add({"--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64"});
  line.add({"--ro-bind-try", "/etc/alternatives", "/etc/alternatives"});
  line.add({"--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"});
  line.add({"--file", std::to_string(passed.passwd), "/etc/passwd"});
  line.add({"--file", std::to_string(passed.group), "/etc/group"});
  line.add({"--proc", "/proc", "--dev", "/dev", "--dir", spec.folder, "--dir", spec.tmp});
  // bubblewrap's own root and /dev are file systems in memory that nothing caps.
  line.add({"--remount-ro", "/dev", "--remount-ro", "/"});
  // By descriptor: where it lies need not be seen inside, nor be open to the run's user.
  line.add({"/proc/self/fd/" + std::to_string(passed.init)});
  line.add_all(to_arguments(spec));
  return line.take();
}

}  // namespace srasta::sandbox
