#include "cli/backup_barrier.h"

#include "audit/pruned_prefix.h"
#include "base/encoding.h"
#include "cli/internal_client.h"
#include "json/document.h"

#include <chrono>
#include <thread>

namespace srasta::cli {
namespace {

using base::Code;
using base::make_error;
using recovery::HeldAt;

constexpr base::Millis kLongest{2'000};

base::Error went_on(const std::string& stream) {
  return make_error(Code::Timeout, "the writer of the stream " + stream +
                                       " did not hold still for long enough; try again");
}

base::Result<HeldAt> hold_own(audit::Ledger& own, const std::string& stream) {
  own.hold(kLongest);
  const auto deadline = std::chrono::steady_clock::now() + kLongest;
  while (!own.quiet()) {
    if (std::chrono::steady_clock::now() >= deadline) return went_on(stream);
    std::this_thread::yield();
  }
  const audit::Ledger::Head head = own.head();
  return HeldAt{.records = head.next_seq, .head = head.leaf};
}

/// A stream has the name of the service that writes it; nobody can be asked for the others.
bool is_service(const std::string& stream) {
  return stream == "gateway" || stream == "admin" || stream == "tools";
}

class Barrier {
 public:
  Barrier(std::string data_folder, const base::Secret& log_key, audit::Ledger& own)
      : data_(std::move(data_folder)), log_key_(log_key), own_(own) {}

  [[nodiscard]] base::Result<HeldAt> begin(const std::string& stream) const {
    if (stream == audit::kOperatorStream) return hold_own(own_, stream);
    if (!is_service(stream)) return make_error(Code::NotFound, "nobody to ask");
    SRASTA_TRY_ASSIGN(const std::string answer, ask(stream, "begin"));
    const auto document = json::Document::parse(answer);
    const auto records = document ? document->root().find("records") : std::nullopt;
    const auto head = document ? document->root().find("head") : std::nullopt;
    const auto number = records ? records->integer() : std::nullopt;
    const auto text = head ? head->string() : std::nullopt;
    const auto bytes = text ? base::from_hex(*text) : std::nullopt;
    const auto digest = bytes ? crypto::digest_from(*bytes) : std::nullopt;
    if (!number || !digest) return make_error(Code::Internal, stream + " answered nonsense");
    return HeldAt{.records = static_cast<uint64_t>(*number), .head = *digest};
  }

  [[nodiscard]] base::Result<void> end(const std::string& stream) const {
    if (stream == audit::kOperatorStream) {
      if (own_.release()) return {};
      return went_on(stream);
    }
    SRASTA_TRY_ASSIGN(const std::string answer, ask(stream, "end"));
    const auto document = json::Document::parse(answer);
    const auto held = document ? document->root().find("held") : std::nullopt;
    if (held && held->boolean().value_or(false)) return {};
    return went_on(stream);
  }

 private:
  [[nodiscard]] base::Result<std::string> ask(const std::string& service,
                                              const std::string& what) const {
    const identity::ForwardingKey key = backup_key(log_key_, service);
    auto answer = ask_internal({.caller = kBackup,
                                .callee = service,
                                .socket = data_ + "/run/" + service + ".sock",
                                .key = key},
                               "POST", "/internal/snapshot/" + what);
    if (answer) return answer;
    return make_error(Code::Unavailable,
                      "the service " + service + " runs, and cannot be asked to hold still (" +
                          answer.error().message +
                          "); a service that was started by hand has to be stopped first");
  }

  const std::string data_;
  const base::Secret& log_key_;
  audit::Ledger& own_;
};

}  // namespace

recovery::CaptureSettings backup_barrier(const std::string& data_folder,
                                         const base::Secret& log_key, audit::Ledger& own) {
  const auto barrier = std::make_shared<const Barrier>(data_folder, log_key, own);
  return {.data_folder = data_folder,
          .staging = {},
          .begin = [barrier](const std::string& stream) { return barrier->begin(stream); },
          .end = [barrier](const std::string& stream) { return barrier->end(stream); }};
}

}  // namespace srasta::cli
