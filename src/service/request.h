#pragma once

#include "access/rate_limits.h"
#include "audit/commitment.h"
#include "audit/event.h"
#include "base/strong.h"
#include "dialects/envelope.h"
#include "identity/promised_body.h"
#include "net/http_server.h"
#include "service/code.h"
#include "service/route.h"
#include "service/trace.h"
#include "service/upload.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srasta::service {

/// What a gate refused a request for, as the service's log says it.
struct LoggedRefusal {
  ErrorCode code = ErrorCode::InternalError;
  std::string_view reason;
  std::string note;
  std::string_view hint;
};

/// What a client wants its answer to wait for: the first record about the request on disk, or
/// something that nobody knows.
enum class ReceiptWish : uint8_t { None, Wait, Unknown };

/// One request on its way through the gates.
struct Request {
  net::Exchange& exchange;
  base::RequestId id;
  const RouteSpec* route = nullptr;  ///< null until it is found
  std::string path_parameter;        ///< the value of the path's {name}
  std::string client;                ///< address that limits and logs go by
  std::string asked_model;           ///< as the client named it; error messages repeat it
  std::string body;                  ///< filled before the handler when the route takes JSON
  std::unique_ptr<const Upload> upload = nullptr;  ///< likewise when it takes one
  dialects::Dialect dialect = dialects::Dialect::Problem;
  std::string_view resource_metadata = {};  ///< URL of RFC 9728 metadata, for challenges
  std::string limit_fields = {};  ///< header lines that say what is left of the caller's limits
  /// What was taken from the caller's limits, for giving it back when a later limit refuses.
  std::optional<access::RateHandle> taken = std::nullopt;
  ReceiptWish receipt_wish = ReceiptWish::None;  ///< of a verified caller
  /// Header line X-Srasta-Audit: the record about this request that is on disk already.
  std::string receipt_field = {};
  size_t stripped = 0;  ///< fields of the platform that were removed and are not recorded yet
  identity::AuditHead sender_head = {};  ///< of the service that sent it; records carry it
  /// Set by the gate: how records name the caller, if not by his id.
  std::optional<audit::Commitment> commitment = std::nullopt;
  /// The same of who acts for the caller, in the order of his claims.
  std::vector<std::optional<audit::Commitment>> delegate_commitments = {};
  /// With signed internal identity: no handler runs before the body was found to be this one.
  std::unique_ptr<const identity::PromisedBody> promised_body = nullptr;
  std::optional<LoggedRefusal> refusal = std::nullopt;
  std::unique_ptr<RequestTrace> trace = nullptr;  ///< null unless the request is traced

  /// Header lines that every answer carries.
  [[nodiscard]] std::string common_fields() const;
};

/// Answers with the dialect's error envelope. `param` names the offending member or claims;
/// `extra_fields` are whole header lines.
net::Task<void> answer_error(Request& request, ErrorCode code, std::string_view param = {},
                             std::string_view extra_fields = {});

/// Answers 200 with a JSON document.
net::Task<void> answer_json(Request& request, std::string_view body,
                            std::string_view content_type = "application/json");

/// The failure as the dialect's envelopes take it.
[[nodiscard]] dialects::Failure failure_of(const Request& request, ErrorCode code,
                                           std::string_view param = {});

}  // namespace srasta::service
