#include "tools/policy_store.h"

#include "base/encoding.h"
#include "policy/read_policy.h"
#include "policy/signature.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

namespace srasta::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kInvalid = "POLICY_INVALID";
constexpr std::string_view kUnsigned = "POLICY_SIGNATURE";
constexpr std::string_view kRollback = "POLICY_ROLLBACK";
constexpr std::string_view kUnreadable = "POLICY_UNREADABLE";
constexpr size_t kLongestSignature = 256;
constexpr size_t kLargestKept = policy::kLongestDocument + kLongestSignature + 1;

bool lies_below(const std::string& folder, const std::vector<std::string>& roots) {
  std::error_code failure;
  const fs::path real = fs::canonical(folder, failure);
  if (failure) return false;
  return std::ranges::any_of(
      roots, [&](const std::string& root) { return real.string().starts_with(root + "/"); });
}

std::string first_problem(const std::vector<config::Problem>& problems) {
  const config::Problem& first = problems.front();
  std::string text = fmt::format("line {}: {}{}{}", first.line, first.key,
                                 first.key.empty() ? "" : ": ", first.what);
  if (!first.allowed.empty()) text += "; allowed: " + first.allowed;
  if (problems.size() > 1) text += fmt::format(" (and {} more)", problems.size() - 1);
  return text;
}

}  // namespace

PolicyStore::PolicyStore(Settings settings, const Parts& parts)
    : settings_(std::move(settings)), parts_(parts) {}

std::shared_ptr<const TenantPolicy> PolicyStore::of(std::string_view tenant) const {
  const auto found = policies_.find(tenant);
  return found == policies_.end() ? nullptr : found->second;
}

void PolicyStore::load() {
  if (policies_.empty()) restore();
  for (const std::string& file : settings_.files) {
    const auto document = read(file);
    if (document) {
      (void)take(*document, file, false);
    } else {
      const bool large = document.error().code == base::Code::TooLarge;
      tell(file, large ? kInvalid : kUnreadable, document.error().message);
    }
  }
}

base::Result<PolicyStore::Document> PolicyStore::read(const std::string& file) const {
  Document document;
  SRASTA_TRY_ASSIGN(document.bytes,
                    base::read_file(parts_.files, file, policy::kLongestDocument + 1));
  const std::string beside = file + std::string(policy::kSignatureSuffix);
  auto signature = base::read_file(parts_.files, beside, kLongestSignature);
  if (!signature && signature.error().code != base::Code::NotFound) {
    return std::move(signature).error();
  }
  if (signature) document.signature = *std::move(signature);
  return document;
}

/// What was in force when the service ended, of documents that are still there: one that was taken
/// away is not in force. Files decide about what comes after it.
void PolicyStore::restore() {
  for (const std::string& file : settings_.files) {
    std::error_code failure;
    if (!fs::exists(file, failure)) continue;
    const auto kept = base::read_file(parts_.files, kept_file(file), kLargestKept);
    const size_t line = kept ? kept->find('\n') : std::string::npos;
    if (line == std::string::npos) continue;
    const Document document{.bytes = kept->substr(line + 1), .signature = kept->substr(0, line)};
    (void)take(document, file, true);
  }
}

/// The signature, a line feed, and the document.
std::string PolicyStore::kept_file(const std::string& file) const {
  const std::string name = base::to_hex(crypto::bytes_of(crypto::sha256(file)));
  return fmt::format("{}/{}.policy", settings_.state_folder, name);
}

std::string_view PolicyStore::take(const Document& document, const std::string& place,
                                   bool restored) {
  const auto refuse = [&](std::string_view why, const std::string& detail) {
    tell(place, why, detail);
    return why;
  };
  if (!policy::is_signed(document.bytes, document.signature, settings_.keys)) {
    return refuse(kUnsigned, "no key that counts has signed this document");
  }
  policy::ReadResult read = policy::read_policy(document.bytes);
  if (!read.policy) return refuse(kInvalid, first_problem(read.problems));
  const auto& before = policies_[read.policy->tenant];
  if (before && read.policy->version <= before->policy.version) {
    if (read.policy->digest == before->policy.digest) {
      look_again(read.policy->tenant);
      return {};
    }
    return refuse(kRollback, fmt::format("version {} is in force", before->policy.version));
  }
  auto taken = with_repositories(*std::move(read.policy));
  const policy::Policy& now = taken->policy;
  const auto digest = base::from_hex(now.digest);
  parts_.journal.policy_loaded({.name = now.name,
                                .tenant = now.tenant,
                                .version = static_cast<uint64_t>(now.version),
                                .digest = crypto::digest_from(digest.value_or(""))});
  parts_.log.info("policy in force", {{"name", std::string_view(now.name)},
                                      {"tenant", std::string_view(now.tenant)},
                                      {"version", now.version}});
  if (!restored) keep(place, document);
  policies_[now.tenant] = std::move(taken);
  return {};
}

void PolicyStore::keep(const std::string& file, const Document& document) {
  std::string signature = document.signature;
  while (signature.ends_with('\n') || signature.ends_with('\r')) signature.pop_back();
  const auto kept =
      base::write_file_atomic(parts_.files, kept_file(file), signature + "\n" + document.bytes);
  if (!kept) {
    parts_.log.error("policy not kept for the next start",
                     {{"reason", std::string_view(kept.error().message)}});
  }
}

void PolicyStore::tell(const std::string& place, std::string_view why,
                       const std::string& detail) const {
  parts_.log.error(
      "policy not taken",
      {{"file", std::string_view(place)}, {"reason", why}, {"detail", std::string_view(detail)}});
  parts_.journal.policy_loaded({.why = why});
}

/// The same document, and perhaps other repositories.
void PolicyStore::look_again(const std::string& tenant) {
  std::shared_ptr<const TenantPolicy>& known = policies_[tenant];
  auto again = with_repositories(known->policy);
  if (again->repositories != known->repositories) known = std::move(again);
}

std::shared_ptr<const TenantPolicy> PolicyStore::with_repositories(policy::Policy policy) const {
  auto made = std::make_shared<TenantPolicy>();
  for (const policy::Repository& repository : policy.repositories) {
    const auto skip = [&](const std::string& reason) {
      parts_.log.error("repository not available", {{"repository", std::string_view(repository.id)},
                                                    {"reason", std::string_view(reason)}});
    };
    if (!lies_below(repository.git_dir, settings_.repository_roots)) {
      skip("it does not exist, or lies outside of tools.repositories");
      continue;
    }
    auto registration = git::register_repository(repository.git_dir);
    if (registration) {
      made->repositories.emplace(repository.id, *std::move(registration));
    } else {
      skip(registration.error().message);
    }
  }
  made->policy = std::move(policy);
  return made;
}

}  // namespace srasta::tools
