#include "access/compile.h"
#include "base/encoding.h"
#include "gateway/gateway.h"

namespace srasta::gateway {
namespace {

constexpr base::Millis kStep{10};

crypto::Digest digest_of(const std::string& hex) {
  crypto::Digest digest{};
  const std::string bytes = base::from_hex(hex).value_or(std::string(digest.size(), '\0'));
  std::copy_n(bytes.begin(), std::min(bytes.size(), digest.size()), digest.begin());
  return digest;
}

}  // namespace

void Gateway::ask_reload() {
  reload_asked_ = true;
  if (reloading_ || draining_) return;
  reloading_ = true;
  net::spawn(reload_while_asked());
}

/// Several asks while one reload runs are one more reload.
net::Task<void> Gateway::reload_while_asked() {
  while (reload_asked_ && !draining_) {
    reload_asked_ = false;
    co_await reload();
  }
  reloading_ = false;
}

/// Either the whole new configuration is in force afterwards, or nothing has changed.
net::Task<void> Gateway::reload() {
  auto next = next_plan();
  if (!next) {
    env_.log.error("configuration not reloaded, the old one stays in force",
                   {{"reason", std::string_view(next.error().message)},
                    {"detail", std::string_view(next.error().detail)}});
    co_return;
  }
  if ((*next)->digest == plan_->digest) {
    env_.log.info("configuration reloaded: files read again, no setting changed",
                  {{"digest", std::string_view(plan_->digest)}});
    co_return co_await put_in_force(*std::move(next));
  }
  const std::string id = ids_.next();
  auto intent = co_await journal_->config_changes(*loops_.front(), id, digest_of(plan_->digest),
                                                  digest_of((*next)->digest));
  if (!intent) {
    env_.log.error("configuration not reloaded, the old one stays in force",
                   {{"reason", std::string_view(intent.error().message)}});
    co_return;
  }
  const std::shared_ptr<const Plan> wanted = *next;
  co_await put_in_force(*std::move(next));
  journal_->config_changed(*std::move(intent), plan_ == wanted);
}

base::Result<std::shared_ptr<const Plan>> Gateway::next_plan() {
  SRASTA_TRY_ASSIGN(const config::Loaded loaded, settings_.reload());
  SRASTA_TRY(check_reloadable(plan_->config, loaded.config));
  access_->check();
  const auto& access = access_->current();
  if (access == nullptr || access->source() != access::compile_access(loaded).source) {
    return base::make_error(base::Code::Conflict,
                            "access: these rules are not in force yet; run `srasta access apply`, "
                            "or send SIGHUP to `srasta up`, which does it");
  }
  return make_plan(loaded, plan_.get());
}

net::Task<void> Gateway::put_in_force(std::shared_ptr<const Plan> next) {
  if (auto applied = keys_->apply(next->config); !applied) {
    env_.log.error("configuration not reloaded, the old one stays in force",
                   {{"reason", std::string_view(applied.error().message)}});
    co_return;
  }
  plan_ = std::move(next);
  plan_->set_engines();
  env_.log.set_level(plan_->config.log_level);
  sources_.set(source_settings(plan_->config));
  budgets_->set_rules(budget_rules(plan_->config.limits));
  auto prober = make_prober(plan_);
  prober->learn_from(*prober_);
  for (const auto& core : cores_) {
    core->loop().post(
        [&core = *core, plan = plan_, catalog = prober->catalog()] { core.adopt(plan, catalog); });
  }
  const std::unique_ptr<Prober> retired = std::exchange(prober_, std::move(prober));
  prober_->start();
  env_.log.info("configuration in force", {{"digest", std::string_view(plan_->digest)},
                                           {"revision", static_cast<int64_t>(plan_->revision)}});
  retired->stop();
  net::Scope scope(*loops_.front());
  while (!retired->stopped()) (void)co_await net::Sleep(scope, kStep);
}

}  // namespace srasta::gateway
