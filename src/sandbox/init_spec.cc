#include "sandbox/init_spec.h"

#include "base/encoding.h"

#include <array>
#include <optional>
#include <string_view>

namespace srasta::sandbox {
namespace {

struct NumberMember {
  std::string_view name;
  uint64_t InitSpec::* member;
};

constexpr std::array<NumberMember, 12> kNumbers{{
    {"control", &InitSpec::control},
    {"landlock", &InitSpec::landlock_abi},
    {"network", &InitSpec::network},
    {"exclusive", &InitSpec::exclusive},
    {"cpu", &InitSpec::cpu_seconds},
    {"as", &InitSpec::address_space},
    {"fsize", &InitSpec::file_size},
    {"nofile", &InitSpec::open_files},
    {"nproc", &InitSpec::processes},
    {"tree", &InitSpec::tree_bytes},
    {"tmpfs", &InitSpec::tmp_bytes},
    {"files", &InitSpec::files},
}};

struct TextMember {
  std::string_view name;
  std::string InitSpec::* member;
};

constexpr std::array<TextMember, 2> kTexts{{
    {"folder", &InitSpec::folder},
    {"tmp", &InitSpec::tmp},
}};

std::string assignment(std::string_view name, std::string_view value) {
  std::string text(name);
  text += '=';
  text += value;
  return text;
}

class Parser {
 public:
  explicit Parser(std::span<const std::string> arguments) : rest_(arguments) {}

  /// The value of the next argument, which must be `name`'s.
  std::optional<std::string_view> take(std::string_view name) {
    if (rest_.empty()) return std::nullopt;
    const std::string_view argument = rest_.front();
    if (!argument.starts_with(name) || argument.substr(name.size(), 1) != "=") return std::nullopt;
    rest_ = rest_.subspan(1);
    return argument.substr(name.size() + 1);
  }

  bool take_numbers(InitSpec& spec) {
    for (const auto& [name, member] : kNumbers) {
      const auto value = take(name);
      const auto number = value ? base::parse_u64(*value) : std::nullopt;
      if (!number) return false;
      spec.*member = *number;
    }
    return true;
  }

  bool take_texts(InitSpec& spec) {
    for (const auto& [name, member] : kTexts) {
      const auto value = take(name);
      if (!value || !value->starts_with('/')) return false;
      spec.*member = *value;
    }
    return true;
  }

  bool take_program(InitSpec& spec) {
    while (const auto variable = take("env")) {
      if (variable->find('=') == std::string_view::npos) return false;
      spec.environment.emplace_back(*variable);
    }
    if (rest_.size() < 2 || rest_.front() != "--") return false;
    spec.argv.assign(rest_.begin() + 1, rest_.end());
    return spec.argv.front().starts_with('/');
  }

 private:
  std::span<const std::string> rest_;
};

}  // namespace

std::vector<std::string> to_arguments(const InitSpec& spec) {
  std::vector<std::string> arguments;
  arguments.push_back(assignment("tier", to_string(spec.tier)));
  for (const auto& [name, member] : kNumbers) {
    arguments.push_back(assignment(name, std::to_string(spec.*member)));
  }
  for (const auto& [name, member] : kTexts) arguments.push_back(assignment(name, spec.*member));
  for (const std::string& variable : spec.environment) {
    arguments.push_back(assignment("env", variable));
  }
  arguments.emplace_back("--");
  arguments.insert(arguments.end(), spec.argv.begin(), spec.argv.end());
  return arguments;
}

base::Result<InitSpec> parse_arguments(std::span<const std::string> arguments) {
  InitSpec spec;
  Parser parser(arguments);
  const auto tier = parser.take("tier");
  const auto known = tier ? parse_tier(*tier) : std::nullopt;
  if (!known || *known == Tier::None || !parser.take_numbers(spec) || !parser.take_texts(spec) ||
      !parser.take_program(spec)) {
    return base::make_error(base::Code::Invalid, "arguments that only srasta itself can give");
  }
  spec.tier = *known;
  return spec;
}

}  // namespace srasta::sandbox
