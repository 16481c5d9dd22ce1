#pragma once

#include "base/result.h"
#include "net/http_client.h"

#include <string>

namespace srasta::cli {

struct Answer {
  int status = 0;
  std::string code;  ///< of x-srasta-error, empty for none
  std::string body;
  long millis = 0;
};

/// One request on a loop of its own, at most 60 s. Code::Unavailable, with the reason as detail,
/// when there is no answer.
[[nodiscard]] base::Result<Answer> one_request(net::HttpClientPool::Settings settings,
                                               net::SimpleRequest request);

}  // namespace srasta::cli
