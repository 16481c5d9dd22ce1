#include "git/deadline.h"

#include "git/native.h"

#include <git2.h>
#include <git2/sys/odb_backend.h>
#include <memory>

namespace srasta::git {
namespace {

constexpr int kBeforeAll = 2000;

/// A store of objects that has none: libgit2 asks it before all others, and a refusal ends what
/// libgit2 is doing, which has no other way to be interrupted.
struct Gate : git_odb_backend {
  std::chrono::steady_clock::time_point deadline;

  static int pass(const git_odb_backend* backend) {
    const auto* const gate = static_cast<const Gate*>(backend);
    if (std::chrono::steady_clock::now() < gate->deadline) return GIT_PASSTHROUGH;
    git_error_set_str(GIT_ERROR_CALLBACK, "the time for reading is over");
    return GIT_EUSER;
  }
  static int read_object(void** /*bytes*/, size_t* /*size*/, git_object_t* /*type*/,
                         git_odb_backend* backend, const git_oid* /*id*/) {
    return pass(backend);
  }
  static int read_head(size_t* /*size*/, git_object_t* /*type*/, git_odb_backend* backend,
                       const git_oid* /*id*/) {
    return pass(backend);
  }
  static void give_back(git_odb_backend* backend) {
    const std::unique_ptr<Gate> owned(static_cast<Gate*>(backend));
  }
};

}  // namespace

base::Result<void> read_until(Repository& repository,
                              std::chrono::steady_clock::time_point deadline) {
  SRASTA_TRY_ASSIGN(const OwnedOdb objects, objects_of(repository));
  auto gate = std::make_unique<Gate>();
  int code = git_odb_init_backend(gate.get(), GIT_ODB_BACKEND_VERSION);
  if (code != 0) return last_error("bound the time of reading", code);
  gate->read = Gate::read_object;
  gate->read_header = Gate::read_head;
  gate->free = Gate::give_back;
  gate->deadline = deadline;
  code = git_odb_add_backend(objects.get(), gate.get(), kBeforeAll);
  if (code != 0) return last_error("bound the time of reading", code);
  [[maybe_unused]] Gate* const of_the_repository = gate.release();
  return {};
}

}  // namespace srasta::git
