#include "testing/faulty_files.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace srasta::testing {
namespace {

using base::Code;
using base::Result;

constexpr size_t kPage = 512;

base::Error io_error(const std::string& path) {
  return base::make_error(Code::Io, path + ": input/output error (on demand)");
}

base::Error no_space(const std::string& path) {
  return base::make_error(Code::Io, path + ": no space left on device (on demand)");
}

base::Error not_found(const std::string& path) {
  return base::make_error(Code::NotFound, path + " does not exist");
}

std::string folder_of(const std::string& path) {
  return path.substr(0, path.find_last_of('/'));
}

}  // namespace

class FaultyFiles::Handle final : public base::File {
 public:
  Handle(FaultyFiles& files, std::shared_ptr<Node> node, std::string path)
      : files_(files),
        node_(std::move(node)),
        path_(std::move(path)),
        generation_(files.generation_) {}

  ~Handle() override {
    const std::lock_guard lock(files_.mutex_);
    if (holds_lock_) node_->locked = false;
  }

  Result<void> append(std::string_view bytes) override {
    const std::lock_guard lock(files_.mutex_);
    const auto fault = begin();
    if (files_.off_ && !fault) return io_error(path_);
    size_t fits = fault ? bytes.size() / 2 : bytes.size();
    if (files_.space_) {
      const uint64_t stored = files_.stored_locked();
      fits = std::min<size_t>(fits, *files_.space_ > stored ? *files_.space_ - stored : 0);
    }
    node_->content += bytes.substr(0, fits);
    if (fault) return io_error(path_);
    if (fits < bytes.size()) return no_space(path_);
    return {};
  }

  Result<size_t> read_at(uint64_t offset, std::span<char> out) override {
    const std::lock_guard lock(files_.mutex_);
    if (dead()) return io_error(path_);
    if (offset >= node_->content.size()) return size_t{0};
    return node_->content.copy(out.data(), out.size(), offset);
  }

  Result<void> truncate(uint64_t size) override {
    const std::lock_guard lock(files_.mutex_);
    const auto fault = begin();
    if (fault || files_.off_) return io_error(path_);
    node_->content.resize(size);
    return {};
  }

  Result<void> sync() override {
    const std::lock_guard gate(files_.sync_gate_);
    const std::lock_guard lock(files_.mutex_);
    const auto fault = begin();
    if (fault == Fault::Io) {
      // What Linux does: the pages are dropped from the queue, later syncs succeed without them.
      lost_ = true;
    }
    if (fault || files_.off_) return io_error(path_);
    if (!lost_) node_->durable = node_->content;
    return {};
  }

  Result<base::FileIdentity> identity() override {
    const std::lock_guard lock(files_.mutex_);
    if (dead()) return io_error(path_);
    uint64_t links = 0;
    for (const auto& [name, node] : files_.names_) links += node == node_ ? 1 : 0;
    return base::FileIdentity{1, node_->inode, links, node_->content.size()};
  }

  Result<void> lock() override {
    const std::lock_guard lock(files_.mutex_);
    if (dead()) return io_error(path_);
    if (node_->locked && !holds_lock_) {
      return base::make_error(Code::Conflict, path_ + " is locked");
    }
    holds_lock_ = node_->locked = true;
    return {};
  }

 private:
  [[nodiscard]] bool dead() const { return files_.off_ || generation_ != files_.generation_; }
  std::optional<Fault> begin() {
    if (generation_ != files_.generation_) return Fault::Io;
    return files_.begin_operation();
  }

  FaultyFiles& files_;
  const std::shared_ptr<Node> node_;
  const std::string path_;
  const uint64_t generation_;
  bool holds_lock_ = false;
  bool lost_ = false;
};

FaultyFiles::FaultyFiles() = default;
FaultyFiles::~FaultyFiles() = default;

void FaultyFiles::fail_at(uint64_t operation, Fault fault) {
  const std::lock_guard lock(mutex_);
  faults_[operation] = fault;
}

void FaultyFiles::forget_faults() {
  const std::lock_guard lock(mutex_);
  faults_.clear();
}

void FaultyFiles::limit_space(std::optional<uint64_t> bytes) {
  const std::lock_guard lock(mutex_);
  space_ = bytes;
}

std::unique_ptr<std::unique_lock<std::mutex>> FaultyFiles::hold_syncs() {
  return std::make_unique<std::unique_lock<std::mutex>>(sync_gate_);
}

std::optional<FaultyFiles::Fault> FaultyFiles::begin_operation() {
  if (off_) return std::nullopt;
  const auto found = faults_.find(operations_++);
  if (found == faults_.end()) return std::nullopt;
  off_ = found->second == Fault::PowerCut;
  return found->second;
}

/// A file's unsynced pages reach the disk in any order or not at all; pages that did not read as
/// zeros when a later one did.
void FaultyFiles::lose_pages(Node& node, SeededEntropy& dice) {
  const std::string written = std::exchange(node.content, node.durable);
  const uint64_t mood = dice.below(4);
  if (mood == 0 || written == node.durable) return;
  if (mood == 1) {
    node.content = written;
  } else if (written.size() < node.durable.size()) {
    node.content = dice.below(2) == 0 ? written : node.durable;
  } else if (mood == 2) {
    node.content = written.substr(
        0, node.durable.size() + dice.below(written.size() - node.durable.size() + 1));
  } else {
    node.content = written;
    for (size_t at = node.durable.size(); at < written.size(); at = (at / kPage + 1) * kPage) {
      if (dice.below(2) == 0) continue;
      const size_t end = std::min((at / kPage + 1) * kPage, written.size());
      std::fill(node.content.begin() + static_cast<ptrdiff_t>(at),
                node.content.begin() + static_cast<ptrdiff_t>(end), '\0');
    }
  }
  node.durable = node.content;
}

void FaultyFiles::power_on(uint64_t seed) {
  const std::lock_guard lock(mutex_);
  SeededEntropy dice(seed);
  if (dice.below(2) == 0) names_ = durable_names_;
  durable_names_ = names_;
  for (auto& [path, node] : names_) {
    lose_pages(*node, dice);
    node->locked = false;
  }
  faults_.clear();
  ++generation_;
  off_ = false;
}

void FaultyFiles::kill_program() {
  const std::lock_guard lock(mutex_);
  for (auto& [path, node] : names_) node->locked = false;
  faults_.clear();
  ++generation_;
  off_ = false;
}

uint64_t FaultyFiles::operations() const {
  const std::lock_guard lock(mutex_);
  return operations_;
}

uint64_t FaultyFiles::stored() const {
  const std::lock_guard lock(mutex_);
  return stored_locked();
}

uint64_t FaultyFiles::stored_locked() const {
  uint64_t sum = 0;
  for (const auto& [path, node] : names_) sum += node->content.size();
  return sum;
}

std::map<std::string, std::string> FaultyFiles::contents() const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, std::string> all;
  for (const auto& [path, node] : names_) all[path] = node->content;
  return all;
}

void FaultyFiles::put(const std::string& path, const std::string& content) {
  const std::lock_guard lock(mutex_);
  auto node = std::make_shared<Node>(Node{next_inode_++, content, content});
  names_[path] = durable_names_[path] = std::move(node);
  for (std::string folder = folder_of(path); !folder.empty(); folder = folder_of(folder)) {
    folders_.insert(folder);
    if (folder.find('/') == std::string::npos) break;
  }
}

Result<std::unique_ptr<base::File>> FaultyFiles::open(const std::string& path,
                                                      base::OpenMode mode) {
  const std::lock_guard lock(mutex_);
  const bool creates = mode != base::OpenMode::Read && !names_.contains(path);
  if (creates && !folders_.contains(folder_of(path))) return not_found(path);
  if (creates && begin_operation()) return io_error(path);
  if (off_) return io_error(path);
  auto& node = names_[path];
  if (node && mode == base::OpenMode::CreateNew) {
    return base::make_error(Code::Conflict, path + " exists");
  }
  if (!node && mode == base::OpenMode::Read) {
    names_.erase(path);
    return not_found(path);
  }
  if (!node) node = std::make_shared<Node>(Node{next_inode_++, {}, {}});
  return std::unique_ptr<base::File>(std::make_unique<Handle>(*this, node, path));
}

Result<base::FileIdentity> FaultyFiles::identity(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (off_) return io_error(path);
  const auto found = names_.find(path);
  if (found == names_.end()) return not_found(path);
  return base::FileIdentity{1, found->second->inode, 1, found->second->content.size()};
}

Result<std::vector<std::string>> FaultyFiles::list(const std::string& folder) {
  const std::lock_guard lock(mutex_);
  if (off_) return io_error(folder);
  if (!folders_.contains(folder)) return not_found(folder);
  std::vector<std::string> found;
  for (const auto& [path, node] : names_) {
    if (folder_of(path) == folder) found.push_back(path.substr(folder.size() + 1));
  }
  for (const std::string& path : folders_) {
    if (path != folder && folder_of(path) == folder)
      found.push_back(path.substr(folder.size() + 1));
  }
  std::ranges::sort(found);
  return found;
}

Result<void> FaultyFiles::make_folder(const std::string& folder) {
  const std::lock_guard lock(mutex_);
  if (off_) return io_error(folder);
  for (std::string path = folder; !path.empty(); path = folder_of(path)) {
    folders_.insert(path);
    if (path.find('/') == std::string::npos) break;
  }
  return {};
}

Result<void> FaultyFiles::rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  if (begin_operation() || off_) return io_error(from);
  const auto found = names_.find(from);
  if (found == names_.end()) return not_found(from);
  names_[to] = found->second;
  names_.erase(from);
  return {};
}

Result<void> FaultyFiles::remove(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (begin_operation() || off_) return io_error(path);
  if (names_.erase(path) == 0) return not_found(path);
  return {};
}

Result<uint64_t> FaultyFiles::free_bytes(const std::string& /*folder*/) {
  const std::lock_guard lock(mutex_);
  if (!space_) return std::numeric_limits<uint64_t>::max();
  return *space_ - std::min(*space_, stored_locked());
}

Result<void> FaultyFiles::sync_folder(const std::string& folder) {
  const std::lock_guard lock(mutex_);
  if (begin_operation() || off_) return io_error(folder);
  std::erase_if(durable_names_,
                [&](const auto& entry) { return folder_of(entry.first) == folder; });
  for (const auto& [path, node] : names_) {
    if (folder_of(path) == folder) durable_names_[path] = node;
  }
  return {};
}

}  // namespace srasta::testing
