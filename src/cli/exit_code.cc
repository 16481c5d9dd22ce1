#include "cli/exit_code.h"

#include <cstdio>

#include <fmt/format.h>

namespace srasta::cli {

void print_error(const base::Error& error) {
  std::string_view rest = error.message;
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    fmt::print(stderr, "srasta: {}\n", rest.substr(0, end));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
}

int fail_with(const base::Error& error) {
  print_error(error);
  return error.code == base::Code::Invalid ? kUsage : kNegative;
}

}  // namespace srasta::cli
