#pragma once

#include <cstddef>

namespace srasta::net::frame_pool {

/// Memory of coroutine frames. A request runs through some thirty coroutines, each with a frame of
/// the same few sizes, so freed frames are kept for the next ones of this thread. Bounded: what
/// does not fit goes back to the allocator. Sanitizer builds keep nothing, so that a frame used
/// after its end is found.
[[nodiscard]] void* allocate(std::size_t size);
void release(void* frame, std::size_t size) noexcept;

}  // namespace srasta::net::frame_pool
