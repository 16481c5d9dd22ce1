#include "recovery/archive.h"

#include "audit/ustar.h"
#include "base/descriptor.h"
#include "base/file.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <unistd.h>
#include <vector>

namespace srasta::recovery {
namespace {

constexpr size_t kBlock = size_t{1} << 16;

base::Error corrupt(const std::string& what) {
  return base::make_error(base::Code::Corrupt, what);
}

/// Reads until `bytes` are there or the input ends; how many there were.
base::Result<size_t> read_up_to(int input, char* out, size_t bytes) {
  size_t done = 0;
  while (done < bytes) {
    const ssize_t got = ::read(input, out + done, bytes - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::errno_error("read", errno);
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  return done;
}

base::Result<void> write_all(int output, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(output, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return base::errno_error("write", errno);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

/// Within the folder, whatever it is called: no way up, no way out.
bool stays_inside(std::string_view name) {
  if (name.empty() || name.front() == '/' || name.back() == '/') return false;
  while (!name.empty()) {
    const size_t slash = name.find('/');
    const std::string_view step = name.substr(0, slash);
    if (step.empty() || step == "." || step == "..") return false;
    name.remove_prefix(slash == name.npos ? name.size() : slash + 1);
  }
  return true;
}

class Reader {
 public:
  Reader(int input, const std::string& folder,
         const std::function<bool(std::string_view name)>& allows)
      : input_(input), folder_(folder), allows_(allows) {}

  base::Result<Unpacked> run() {
    while (true) {
      SRASTA_TRY_ASSIGN(const auto member, next_header());
      if (!member) break;
      SRASTA_TRY(take(*member));
    }
    SRASTA_TRY(expect_end());
    unpacked_.digest = hash_.finish();
    return unpacked_;
  }

 private:
  base::Result<std::string_view> block(size_t size) {
    SRASTA_TRY_ASSIGN(const size_t got, read_up_to(input_, buffer_.data(), size));
    if (got < size) return corrupt("the archive ends early");
    const std::string_view bytes(buffer_.data(), size);
    hash_.update(bytes);
    unpacked_.bytes += size;
    return bytes;
  }

  /// Nothing at the end of the archive.
  base::Result<std::optional<audit::UstarMember>> next_header() {
    SRASTA_TRY_ASSIGN(const std::string_view bytes, block(audit::kUstarBlock));
    if (bytes.find_first_not_of('\0') == bytes.npos) {
      return std::optional<audit::UstarMember>();
    }
    auto member = audit::parse_ustar_header(bytes);
    if (!member) return corrupt("the archive is damaged");
    return member;
  }

  base::Result<void> take(const audit::UstarMember& member) {
    if (!stays_inside(member.name) || !allows_(member.name)) {
      return corrupt("the archive has a file that does not belong into it: " + member.name);
    }
    base::PosixFileSystem files;
    const std::string path = folder_ + "/" + member.name;
    SRASTA_TRY(files.make_folder(path.substr(0, path.rfind('/'))));
    const base::Descriptor file(
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file.open()) return base::errno_error("create " + path, errno);
    for (uint64_t left = member.size; left > 0;) {
      const size_t size = static_cast<size_t>(std::min<uint64_t>(left, kBlock));
      SRASTA_TRY_ASSIGN(const std::string_view bytes, block(size));
      SRASTA_TRY(write_all(file.get(), bytes));
      left -= size;
    }
    SRASTA_TRY_ASSIGN([[maybe_unused]] const std::string_view padding,
                      block(static_cast<size_t>(audit::ustar_padding(member.size))));
    ++unpacked_.files;
    return {};
  }

  base::Result<void> expect_end() {
    SRASTA_TRY_ASSIGN([[maybe_unused]] const std::string_view end, block(audit::kUstarBlock));
    SRASTA_TRY_ASSIGN(const size_t more, read_up_to(input_, buffer_.data(), 1));
    if (more > 0) return corrupt("something stands behind the end of the archive");
    return {};
  }

  const int input_;
  const std::string& folder_;
  const std::function<bool(std::string_view name)>& allows_;
  std::vector<char> buffer_ = std::vector<char>(kBlock);
  crypto::Sha256 hash_;
  Unpacked unpacked_;
};

}  // namespace

base::Result<void> ArchiveWriter::put(std::string_view bytes) {
  SRASTA_TRY(write_all(output_, bytes));
  hash_.update(bytes);
  bytes_ += bytes.size();
  return {};
}

base::Result<void> ArchiveWriter::begin(const std::string& name, uint64_t size) {
  const auto header = audit::ustar_header({.name = name, .size = size});
  if (!header) {
    return base::make_error(base::Code::TooLarge, name + ": too large, or too long a name");
  }
  ++files_;
  return put(*header);
}

base::Result<void> ArchiveWriter::pad(uint64_t size) {
  return put(std::string(static_cast<size_t>(audit::ustar_padding(size)), '\0'));
}

base::Result<void> ArchiveWriter::add_text(const std::string& name, std::string_view content) {
  SRASTA_TRY(begin(name, content.size()));
  SRASTA_TRY(put(content));
  return pad(content.size());
}

base::Result<void> ArchiveWriter::add_file(const std::string& name, const std::string& source,
                                           uint64_t bytes) {
  const base::Descriptor file(::open(source.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file.open()) return base::errno_error("open " + source, errno);
  SRASTA_TRY(begin(name, bytes));
  std::vector<char> buffer(kBlock);
  for (uint64_t left = bytes; left > 0;) {
    const size_t wanted = static_cast<size_t>(std::min<uint64_t>(left, kBlock));
    SRASTA_TRY_ASSIGN(const size_t got, read_up_to(file.get(), buffer.data(), wanted));
    if (got < wanted) return corrupt(source + " became shorter while it was copied");
    SRASTA_TRY(put({buffer.data(), got}));
    left -= got;
  }
  return pad(bytes);
}

base::Result<void> ArchiveWriter::finish() {
  return put(std::string(audit::kUstarEnd, '\0'));
}

base::Result<Unpacked> unpack(int input, const std::string& folder,
                              const std::function<bool(std::string_view name)>& allows) {
  return Reader(input, folder, allows).run();
}

}  // namespace srasta::recovery
