#pragma once

#include "base/clock.h"

#include <cstdint>

namespace srasta::policy {

/// Of one call. Narrower scopes may lower what a wider one says, never raise it.
struct RequestLimits {
  int64_t bytes = 1 << 20;
  int64_t depth = 32;
  int64_t string_bytes = 512 << 10;
  base::Millis timeout{30'000};
};

/// Of one change. What is false is refused.
struct PatchLimits {
  int64_t bytes = 64 << 10;          ///< of the patch, or of all contents of edits
  int64_t files = 50;                ///< that it touches
  int64_t changed_lines = 2000;      ///< added and removed
  int64_t blob_bytes = 256 << 10;    ///< of a file afterwards
  int64_t inflated_bytes = 1 << 20;  ///< of all files that it writes
  bool binary = false;
  bool new_executable = false;
  bool bidi = false;
};

struct ReadLimits {
  int64_t bytes = 256 << 10;
  int64_t lines = 4000;
};

struct SearchLimits {
  int64_t results = 200;
  base::Millis timeout{2000};
};

struct RunLimits {
  base::Millis wall{60'000};
  base::Millis cpu{60'000};
  int64_t memory_bytes = int64_t{1} << 30;
  int64_t processes = 128;
  int64_t file_bytes = 64 << 20;
  int64_t tmp_bytes = 64 << 20;
  int64_t open_files = 256;
  int64_t output_bytes = 256 << 10;  ///< kept of each stream
};

struct RateLimits {
  int64_t calls_per_minute = 120;  ///< of one principal
  int64_t runs_per_principal = 2;  ///< at once
  int64_t runs_per_tenant = 8;     ///< at once
};

struct Limits {
  RequestLimits request = {};
  PatchLimits patch = {};
  ReadLimits read = {};
  SearchLimits search = {};
  RunLimits run = {};
  RateLimits rate = {};
};

/// The lower one of each.
[[nodiscard]] Limits narrower(const Limits& a, const Limits& b);

}  // namespace srasta::policy
