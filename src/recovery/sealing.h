#pragma once

#include "base/descriptor.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/hash.h"
#include "process/child.h"

#include <cstdint>
#include <functional>
#include <string>

/// Encryption to a recovery key, by `age` (https://age-encryption.org/v1): a program of Debian with
/// which sets can be opened without this platform. Whoever calls these ignores SIGPIPE.
namespace srasta::recovery {

/// Unavailable, with the command that mends it, when the programs are not installed.
[[nodiscard]] base::Result<void> check_programs();

/// A file that is being encrypted.
class Sealer {
 public:
  /// Makes `path`, which must not exist, mode 0600. Unavailable when `age` is not installed.
  [[nodiscard]] static base::Result<Sealer> start(const std::string& recipient,
                                                  const std::string& path);
  /// Where what is to be encrypted is written.
  [[nodiscard]] int input() const { return input_.get(); }
  /// The end of it; afterwards the file is whole and durable.
  [[nodiscard]] base::Result<void> finish();

 private:
  Sealer(process::Child child, base::Descriptor input, base::Descriptor file, std::string path)
      : child_(std::move(child)),
        input_(std::move(input)),
        file_(std::move(file)),
        path_(std::move(path)) {}

  process::Child child_;
  base::Descriptor input_;
  base::Descriptor file_;
  std::string path_;
};

/// Decrypts `path` and lets `read` take what it holds from a descriptor, to its end. Denied when
/// the identity is not one that it was encrypted to, or the file is damaged.
[[nodiscard]] base::Result<void> open_sealed(const std::string& path, const base::Secret& identity,
                                             const std::function<base::Result<void>(int)>& read);

struct FileDigest {
  uint64_t bytes = 0;
  crypto::Digest digest{};
};
[[nodiscard]] base::Result<FileDigest> digest_of_file(const std::string& path);

/// What a program of this package prints on standard output, with nothing on its standard input.
[[nodiscard]] base::Result<base::Secret> output_of(const std::string& program,
                                                   std::vector<std::string> arguments,
                                                   std::vector<int> inherited = {});

}  // namespace srasta::recovery
