// A secret in a log line.
#include "base/secret.h"

#include <string>

#include <fmt/format.h>

std::string log_line(const srasta::base::Secret& secret) {
  return fmt::format("key {}", secret);
}
