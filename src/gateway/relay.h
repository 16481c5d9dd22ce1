#pragma once

#include "config/config.h"
#include "dialects/translation.h"
#include "gateway/active_generations.h"
#include "gateway/engine_try.h"
#include "gateway/generation_metrics.h"
#include "gateway/upstreams.h"
#include "inference/request_edit.h"
#include "inference/stream_tap.h"
#include "inference/usage.h"
#include "inference/usage_tap.h"
#include "service/request.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace srasta::gateway {

/// What is sent to the server and how the answer is to be treated.
struct RelayOrder {
  std::string_view path;              ///< at the engine, e.g. /v1/chat/completions
  const inference::EditedBody& body;  ///< alive until the relay ends
  EngineTry* attempt = nullptr;       ///< told when a good answer begins; alive likewise
  bool stream = false;                ///< the client asked for a stream
  bool remove_usage = false;          ///< we asked for usage, the client did not
  dialects::Way way = {};             ///< between two protocols: the answer is translated
  std::string_view client_body = {};  ///< as it came, for answers that repeat some of it
  int64_t now = 0;                    ///< seconds since 1970, likewise
  /// Older servers do not know the path: that is no answer then, but `not_spoken`.
  bool may_be_unknown = false;
  const std::optional<Cut>* cut = nullptr;  ///< set while it runs: end, and say why
  /// Under a budget: tokens that may be generated. A stream that brings more pieces than that ends.
  std::optional<uint64_t> most_output = std::nullopt;
  std::string_view trace_parent = {};  ///< ours; empty: the client's is passed on
  StreamPace* pace = nullptr;          ///< told of each run of events; alive until the relay ends
};

/// How a relay ended: the answer given and what the ledger and the meter say.
struct RelayEnd {
  enum class Kind : uint8_t { Complete, Abort, Error };
  Kind kind = Kind::Error;
  std::string_view reason;                 ///< audit reason; empty for Complete
  std::optional<service::ErrorCode> code;  ///< an error that the client has not been told yet
  bool refused = false;     ///< it was us who ended it, because it is not allowed any more
  bool not_spoken = false;  ///< the server does not know the path; the client was told nothing
  bool retryable = false;   ///< nothing was sent to the server, or it refused before working
  std::optional<inference::Usage> usage;
  uint64_t text_bytes = 0;  ///< under a budget: what was relayed of the model's text, at most
  bool sent = false;        ///< the request, or a part of it, reached the server
  int upstream_status = 0;
  uint64_t bytes_sent = 0;  ///< of the request's body, to the server
  uint64_t bytes_out = 0;   ///< of the answer's body, to the client
  std::string retry_after;  ///< as the server said it; empty if it did not
  std::string detail;       ///< for the operator's log
  std::string param = {};   ///< of `code`: the offending member of the body
};

/// Of a request that is ended by us although everybody was willing to go on: what its client hears,
/// for which its scope is given a moment. Nothing: there is no cut, or the client is gone.
[[nodiscard]] std::optional<RelayEnd> end_of_cut(net::Exchange& exchange,
                                                 const std::optional<Cut>& cut);

/// One request to one inference server and its answer back, byte for byte except for the declared
/// edits.
class Relay {
 public:
  Relay(service::Request& request, Upstreams::One& upstream,
        const config::UpstreamTimeouts& timeouts, const RelayOrder& order)
      : request_(request),
        upstream_(upstream),
        timeouts_(timeouts),
        order_(order),
        tap_(order.remove_usage, order.most_output.has_value(), order.way.engine) {}

  /// Does not answer the client when `code` is set in the result.
  net::Task<RelayEnd> run();

 private:
  using Connection = net::HttpClientConnection;

  net::Task<RelayEnd> relay();
  net::Task<std::optional<RelayEnd>> send(Connection& connection);
  /// Without our credential for the server and the empty line.
  [[nodiscard]] std::string request_head() const;
  [[nodiscard]] std::optional<RelayEnd> judge(const http::ResponseHead& head) const;
  [[nodiscard]] std::string answer_fields(const http::ResponseHead& head) const;
  net::Task<RelayEnd> relay_body(Connection& connection);
  net::Task<RelayEnd> relay_runs(Connection& connection, bool events);
  net::Task<RelayEnd> relay_plain(Connection& connection);
  net::Task<RelayEnd> relay_translated(Connection& connection);
  [[nodiscard]] bool is_translated() const { return order_.way.client != order_.way.engine; }
  [[nodiscard]] bool is_stream(const http::ResponseHead& head) const;
  [[nodiscard]] dialects::Asked asked() const {
    return {.request_id = request_.id.view(), .body = order_.client_body, .now = order_.now};
  }
  [[nodiscard]] bool is_forwarded(std::string_view name) const;
  /// Set once the translated stream cannot go on.
  net::Task<std::optional<RelayEnd>> end_of_translation(Connection& connection);
  net::Task<bool> begin(Connection& connection, bool events);
  net::IoState forward_now(std::span<const std::string_view> pieces, bool events,
                           std::string& rest);
  net::Task<net::IoState> forward(std::span<const std::string_view> pieces, bool events);
  net::Task<RelayEnd> end_stream(Connection& connection, bool events);
  net::Task<RelayEnd> end_at_budget();
  net::Task<RelayEnd> end_broken();
  [[nodiscard]] bool is_over_budget() const {
    return order_.most_output && tap_.text_events() > *order_.most_output;
  }
  net::Task<RelayEnd> say_last(RelayEnd end, service::ErrorCode code);
  net::Task<RelayEnd> break_stream(Connection& connection, net::ClientFault fault, bool events);
  [[nodiscard]] RelayEnd complete(std::optional<inference::Usage> usage,
                                  const Connection& connection) const;
  [[nodiscard]] RelayEnd fault_end(net::ClientFault fault, std::string detail) const;
  /// Set when it was us who ended it.
  [[nodiscard]] std::optional<RelayEnd> cut_end() const;
  [[nodiscard]] RelayEnd client_end(net::IoState state);

  service::Request& request_;
  Upstreams::One& upstream_;
  const config::UpstreamTimeouts& timeouts_;
  const RelayOrder order_;
  inference::StreamTap tap_;
  inference::UsageTap usage_;  // of a plain answer
  std::unique_ptr<dialects::StreamTranslator> translator_;
  uint64_t bytes_out_ = 0;
  bool sent_ = false;
};

}  // namespace srasta::gateway
