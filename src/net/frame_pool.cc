#include "net/frame_pool.h"

#include <array>
#include <new>

namespace srasta::net::frame_pool {
namespace {

constexpr std::size_t kStep = 64;
constexpr std::size_t kLargest = 4096;
constexpr std::size_t kClasses = kLargest / kStep;
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr unsigned kMostKept = 0;
#else
constexpr unsigned kMostKept = 256;
#endif
#endif

struct Free {
  Free* next;
};

/// Frames of one size class that wait for their next use.
struct Shelf {
  Free* first = nullptr;
  unsigned count = 0;
};

class Pool {
 public:
  Pool() = default;
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool() {
    for (Shelf& shelf : shelves_) {
      while (void* const frame = take(shelf)) ::operator delete(frame);
    }
  }

  static void* take(Shelf& shelf) {
    Free* const frame = shelf.first;
    if (frame == nullptr) return nullptr;
    shelf.first = frame->next;
    --shelf.count;
    return frame;
  }
  [[nodiscard]] Shelf& shelf_of(std::size_t size) { return shelves_[(size - 1) / kStep]; }

 private:
  std::array<Shelf, kClasses> shelves_{};
};

thread_local Pool pool;

constexpr std::size_t rounded(std::size_t size) {
  return (size + kStep - 1) / kStep * kStep;
}

}  // namespace

void* allocate(std::size_t size) {
  if (size > kLargest) return ::operator new(size);
  if (void* const frame = Pool::take(pool.shelf_of(size))) return frame;
  return ::operator new(rounded(size));
}

void release(void* frame, std::size_t size) noexcept {
  Shelf* const shelf = size > kLargest ? nullptr : &pool.shelf_of(size);
  if (shelf == nullptr || shelf->count >= kMostKept) return ::operator delete(frame);
  shelf->first = new (frame) Free{shelf->first};
  ++shelf->count;
}

}  // namespace srasta::net::frame_pool
