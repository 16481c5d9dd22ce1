#pragma once

#include "config/draft.h"

#include <string>
#include <string_view>

// Private to config/.
namespace srasta::config {

/// Writes a document, defaults and variables into a draft, option by option. `pattern` is a path
/// of the option table, `key` the same place in this file.
class Reader {
 public:
  Reader(Draft& draft, std::string folder) : draft_(draft), folder_(std::move(folder)) {}

  /// Sets what a new section at `key` has before anything is read.
  void apply_defaults(const std::string& pattern, const std::string& key);
  void read_section(const Node& node, const std::string& pattern, const std::string& key);
  void read_variable(const Option& option, const std::string& variable, const std::string& text);

 private:
  void read_member(const Option& option, const Node& node, const std::string& key);
  void read_map(const Option& option, const Node& member, const std::string& key);
  void read_list_of_maps(const Option& option, const Node& node, const std::string& key);
  void read_value(const Option& option, const Node& member, const std::string& key);
  void require_members(const std::string& pattern, const std::string& key);
  void refuse_unknown(const Node& member, const std::string& pattern, const std::string& key);
  void record(const Option& option, const Value& value, Setting setting);

  Draft& draft_;
  std::string folder_;
};

}  // namespace srasta::config
