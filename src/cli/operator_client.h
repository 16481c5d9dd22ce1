#pragma once

#include "base/result.h"
#include "cli/command_line.h"
#include "json/document.h"

#include <functional>
#include <string>
#include <string_view>

namespace srasta::cli {

/// The administration service on this host, asked as the user of the operating system that runs
/// this command, over <data>/run/operator.sock.
class OperatorClient {
 public:
  explicit OperatorClient(std::string data_folder) : data_folder_(std::move(data_folder)) {}

  /// The answer, a JSON object. `body` may be empty. Code::Unavailable when no service answers,
  /// Code::Denied for everybody but root and who keeps the platform's keys; what the service
  /// refuses keeps its message and its hint.
  [[nodiscard]] base::Result<std::string> ask(std::string_view method, const std::string& path,
                                              const std::string& body = {}) const;

  /// Visits the elements of the list `member` of `path`, page by page.
  [[nodiscard]] base::Result<void> each(const std::string& path, std::string_view member,
                                        const std::function<void(json::Value)>& visit) const;

  /// The id of a user or service account: `text` itself, or the one with that name, of `tenant`
  /// if it is not empty. Code::NotFound; Code::Conflict when several have it.
  [[nodiscard]] base::Result<std::string> find_user(const std::string& text,
                                                    const std::string& tenant) const;

 private:
  std::string data_folder_;
};

/// Adds --data; kept as long as the command line.
[[nodiscard]] std::string& add_data_option(Command command);

/// Prints what the service answered, or why it refused; the exit code.
[[nodiscard]] int print_answer(const base::Result<std::string>& answer);

/// A text member of a row, or a list of texts joined by commas; "-" for everything else.
[[nodiscard]] std::string shown(json::Value row, std::string_view member);

}  // namespace srasta::cli
