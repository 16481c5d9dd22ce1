#pragma once

#include "base/result.h"
#include "dialects/envelope.h"
#include "dialects/protocol.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

// Requests, answers and streams between a client and an engine that speak different protocols
// (docs/dialects.md). Nothing here waits or keeps more than one request. Bodies are untrusted: any
// JSON value may stand anywhere. Texts and numbers keep their bytes.
//
// Chat Completions is what all others translate to and from, so Responses to Messages is two steps.
namespace srasta::dialects {

/// Between whom, and what the client asks for.
struct Way {
  Protocol client = Protocol::Chat;
  Protocol engine = Protocol::Chat;
  Operation operation = Operation::Chat;

  bool operator==(const Way&) const = default;
};

/// What a translator has to know beside the bytes.
struct Asked {
  std::string_view request_id;  ///< for ids where the engine gives none
  std::string_view body;        ///< of the client's request; outlives the translator
  int64_t now = 0;              ///< seconds since 1970, for protocols that date their answers
};

/// Whether there is a translation.
[[nodiscard]] bool translates(const Way& way);
/// What the engine is asked for then.
[[nodiscard]] Operation asked_of_engine(const Way& way);

/// The engine's body for a client's. Code::Invalid: it says something that cannot be said there;
/// `detail` is the offending member, e.g. "tools[2].type", or empty if the body as a whole is not
/// what the protocol asks for; `message` says why. Of two steps the second names members of Chat.
/// `body` is one JSON object, whose depth leaves room for what is put around its values.
[[nodiscard]] base::Result<std::string> translate_request(const Way& way, std::string_view body);

/// The client's answer for an engine's whole one of status 200. Code::Invalid: the engine's is not
/// what its protocol says.
[[nodiscard]] base::Result<std::string> translate_answer(const Way& way, std::string_view body,
                                                         const Asked& asked);

/// The client's error for an engine's of status 400 and more; the engine's words are kept.
[[nodiscard]] std::string translate_error(Protocol client, std::string_view body, int status,
                                          const Asked& asked);

/// A stream on its way from the engine's protocol to the client's, in pieces that may be cut
/// anywhere.
class StreamTranslator {
 public:
  enum class State : uint8_t {
    Running,
    Complete,  ///< the client has its last event
    Failed,    ///< the engine reported an error, which the client has been told
    Broken,    ///< the engine left its protocol; the client has not been told
  };

  StreamTranslator() = default;
  StreamTranslator(const StreamTranslator&) = delete;
  StreamTranslator& operator=(const StreamTranslator&) = delete;
  virtual ~StreamTranslator() = default;

  /// What the client is sent now that `bytes` came: whole events.
  [[nodiscard]] virtual std::string feed(std::string_view bytes) = 0;
  /// No more bytes come. Running afterwards: the engine ended before its answer did.
  [[nodiscard]] virtual std::string finish() = 0;
  [[nodiscard]] virtual State state() const = 0;
  /// The event that ends the stream in place of all that is missing.
  [[nodiscard]] virtual std::string failure(const Failure& failure) = 0;
};

/// For an answer of status 200 that is a stream; null where there is no translation of one.
[[nodiscard]] std::unique_ptr<StreamTranslator> stream_translator(const Way& way,
                                                                  const Asked& asked);

/// `text/event-stream`, or for Ollama `application/x-ndjson`.
[[nodiscard]] std::string_view stream_content_type(Protocol protocol);

}  // namespace srasta::dialects
