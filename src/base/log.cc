#include "base/log.h"

#include "base/check.h"
#include "base/encoding.h"

#include <algorithm>
#include <cstring>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace srasta::base {
namespace {

constexpr size_t kRingBytes = size_t{1} << 20;
constexpr int kBatchMillis = 20;

std::atomic<uint64_t> next_identity{1};

std::string_view name_of(Level level) {
  switch (level) {
    case Level::Debug:
      return "debug";
    case Level::Info:
      return "info";
    case Level::Warn:
      return "warn";
    case Level::Error:
      return "error";
  }
  return "error";
}

void append_value(std::string& line, const LogField& field) {
  if (const auto* text = std::get_if<std::string_view>(&field.value)) {
    line += '"';
    append_json_escaped(line, *text);
    line += '"';
  } else if (const auto* number = std::get_if<int64_t>(&field.value)) {
    line += std::to_string(*number);
  } else {
    line += std::get<bool>(field.value) ? "true" : "false";
  }
}

size_t sequence_length(std::string_view text, size_t at) {
  for (size_t length = 1; length <= 4 && at + length <= text.size(); ++length) {
    if (is_utf8(text.substr(at, length))) return length;
  }
  return 0;
}

void write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

}  // namespace

void append_json_escaped(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  for (size_t at = 0; at < text.size();) {
    const auto byte = static_cast<uint8_t>(text[at]);
    if (byte == '"' || byte == '\\') {
      out += '\\';
      out += text[at++];
    } else if (byte < 0x20 || byte == 0x7F) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
      ++at;
    } else if (const size_t length = byte < 0x80 ? 1 : sequence_length(text, at); length > 0) {
      out.append(text, at, length);
      at += length;
    } else {
      out += "\xEF\xBF\xBD";
      ++at;
    }
  }
}

LogRing::LogRing(size_t capacity) : bytes_(capacity) {}

bool LogRing::push(std::string_view line) {
  const uint64_t written = written_.load(std::memory_order_relaxed);
  const uint64_t read = read_.load(std::memory_order_acquire);
  if (line.size() > bytes_.size() - (written - read)) {
    dropped_.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  const size_t start = written % bytes_.size();
  const size_t first = std::min(line.size(), bytes_.size() - start);
  std::memcpy(bytes_.data() + start, line.data(), first);
  std::memcpy(bytes_.data(), line.data() + first, line.size() - first);
  written_.store(written + line.size(), std::memory_order_release);
  return true;
}

void LogRing::pop_all(std::string& out) {
  const uint64_t read = read_.load(std::memory_order_relaxed);
  const uint64_t written = written_.load(std::memory_order_acquire);
  const size_t size = written - read;
  const size_t start = read % bytes_.size();
  const size_t first = std::min(size, bytes_.size() - start);
  out.append(bytes_.data() + start, first);
  out.append(bytes_.data(), size - first);
  read_.store(written, std::memory_order_release);
}

Log::Log(const Clock& clock, int descriptor, std::string service, Level least)
    : clock_(clock),
      descriptor_(descriptor),
      service_(std::move(service)),
      least_(least),
      identity_(next_identity.fetch_add(1)),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  SRASTA_CHECK(wake_ >= 0, "the log needs one descriptor at start");
  drain_ = std::thread([this] { drain_until_stopped(); });
}

Log::~Log() {
  stopping_.store(true);
  const uint64_t one = 1;
  write_all(wake_, {reinterpret_cast<const char*>(&one), sizeof one});
  drain_.join();
  ::close(wake_);
}

void Log::write(Level level, std::string_view event, std::initializer_list<LogField> fields) {
  if (level < least_.load(std::memory_order_relaxed)) return;
  std::string line = R"({"t":")" + format_utc(clock_.wall()) + R"(","level":")";
  line += name_of(level);
  line += R"(","svc":")" + service_ + R"(","event":")";
  append_json_escaped(line, event);
  line += '"';
  for (const LogField& field : fields) {
    line += ",\"";
    line += field.key;
    line += "\":";
    append_value(line, field);
  }
  line += "}\n";
  ring_of_this_thread().push(line);
  if (armed_.exchange(false, std::memory_order_acq_rel)) {
    const uint64_t one = 1;
    write_all(wake_, {reinterpret_cast<const char*>(&one), sizeof one});
  }
}

LogRing& Log::ring_of_this_thread() {
  struct Mine {
    uint64_t log = 0;
    LogRing* ring = nullptr;
  };
  static thread_local Mine mine;
  if (mine.log != identity_) {
    const std::scoped_lock lock(rings_mutex_);
    rings_.push_back(std::make_unique<LogRing>(kRingBytes));
    mine = Mine{identity_, rings_.back().get()};
  }
  return *mine.ring;
}

void Log::drain_until_stopped() {
  while (!stopping_.load()) {
    pollfd wait{wake_, POLLIN, 0};
    ::poll(&wait, 1, -1);
    uint64_t count = 0;
    while (::read(wake_, &count, sizeof count) > 0) {
    }
    drain_once();
    if (!stopping_.load()) ::poll(&wait, 1, kBatchMillis);
    armed_.store(true, std::memory_order_release);
    drain_once();
  }
  drain_once();
}

void Log::drain_once() {
  std::string lines;
  {
    const std::scoped_lock lock(rings_mutex_);
    for (const auto& ring : rings_) {
      ring->pop_all(lines);
      if (const uint64_t dropped = ring->take_dropped(); dropped > 0) {
        lines += R"({"t":")" + format_utc(clock_.wall()) + R"(","level":"warn","svc":")" +
                 service_ + R"(","event":"log.dropped","lines":)" + std::to_string(dropped) + "}\n";
      }
    }
  }
  write_all(descriptor_, lines);
}

}  // namespace srasta::base
