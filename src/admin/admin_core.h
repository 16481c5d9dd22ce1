#pragma once

#include "admin/config_channel.h"
#include "admin/config_revisions.h"
#include "admin/registry.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "base/log.h"
#include "crypto/aead.h"
#include "net/blocking.h"
#include "net/loop.h"
#include "net/on_pool.h"
#include "service/journal.h"
#include "service/request.h"
#include "service/route_table.h"

#include <functional>
#include <optional>
#include <string>

namespace srasta::admin {

/// Serves this plane's routes. Used on one loop; the database has a thread of its own.
class AdminCore {
 public:
  struct Parts {
    net::Loop& loop;
    const base::Clock& clock;
    base::Entropy& entropy;
    base::Log& log;
    Registry& registry;
    service::Journal& journal;  ///< of what happens without a request
    const crypto::SecretBox& box;
    const std::string& config_file;  ///< empty: there is none
    const config::Environment& environment;
    /// Asks the supervisor to change the file; null: there is none.
    ConfigClient* config;
  };
  explicit AdminCore(const Parts& parts)
      : parts_(parts), started_(parts.clock.mono()), store_(1), supervisor_(1) {}
  AdminCore(const AdminCore&) = delete;
  AdminCore& operator=(const AdminCore&) = delete;

  /// Adds the routes to a table, whose requests `journal` records. Both outlive the core's work.
  void bind(service::RouteTable& table, service::Journal& journal);

  /// Another configuration was read; `done` is called on the loop.
  void declare(config::Loaded loaded, std::function<void(base::Result<void>)> done);
  /// Looks how the installation stands with its license, and records it when that is news. To be
  /// called about once a minute.
  void look_at_license();
  /// Puts in force what could not be when it was stored. To be called about once a second.
  void settle();
  /// The database's thread.
  [[nodiscard]] net::BlockingPool& store() { return store_; }
  /// Waits for what is being done elsewhere. The loop does not run any more.
  void stop() {
    supervisor_.stop();
    store_.stop();
  }

 private:
  /// A request on its way.
  struct Served {
    service::Request& request;
    const access::Caller& caller;
    service::Journal& journal;
  };
  /// What a change answers with when it was made.
  struct Success {
    int status = 200;
    /// Of the answer: what only the one who asked may see. It is not kept.
    std::function<std::string(const std::string&)> shown = {};
    /// Given the answer, what is to be done besides: before the change counts as made.
    std::function<net::Task<Answered<std::string>>(std::string)> carry_out = {};
  };
  /// The text that is to become the configuration.
  using FindRevision = std::function<Answered<NewRevision>(const Desk&)>;

  net::Task<void> answer(Served served, Question question);
  [[nodiscard]] int64_t uptime() const;
  /// Runs on the database's thread. A license that is read-only lets nothing grow.
  [[nodiscard]] Answered<void> may_grow(const service::RouteSpec& route, int64_t now);
  net::Task<void> note_license();
  net::Task<void> change(Served served, Edit edit, Success success);
  net::Task<void> make_change(Served served, Edit edit, Success success,
                              service::Journal::Change about);
  net::Task<void> refuse_parameter(Served served, std::string name);
  net::Task<void> refuse_input(Served served, const Refusal& refusal);
  net::Task<void> refuse(Served served, const Refusal& refusal);
  net::Task<void> respond(Served served, int status, std::string body);
  void log_failure(const service::Request& request, const Refusal& refusal) const;

  net::Task<void> list_users(Served served);
  net::Task<void> list_keys(Served served);
  net::Task<void> create_tenant(Served served);
  net::Task<void> change_tenant(Served served);
  net::Task<void> create_user(Served served);
  net::Task<void> change_user(Served served);
  net::Task<void> set_user_roles(Served served);
  net::Task<void> create_group(Served served);
  net::Task<void> set_group(Served served);
  net::Task<void> define_role(Served served);
  net::Task<void> create_key(Served served);
  net::Task<void> invite_user(Served served);
  net::Task<void> give_client_secret(Served served);
  net::Task<void> rotate_key(Served served);
  net::Task<void> check_config(Served served);
  net::Task<void> apply_config(Served served);
  net::Task<void> revert_config(Served served);
  net::Task<void> change_config(Served served, FindRevision find);
  /// Has the supervisor carry out the revision that is pending, and keeps what became of it.
  net::Task<Answered<std::string>> put_config_in_force(std::string staged);
  net::Task<void> show_license(Served served);
  net::Task<void> install_license(Served served);
  net::Task<void> remove_license(Served served);
  net::Task<void> accept_clock(Served served);

  /// Runs `work` on the database's thread and waits for what it gives, whoever is still there.
  template <typename Work>
  auto on_store(Work work) -> net::Task<decltype(work())> {
    return on_pool(parts_.loop, store_, std::move(work));
  }

  const Parts parts_;
  const base::MonoTime started_;
  std::optional<access::Posture> posture_;  // as it was recorded last
  net::BlockingPool store_;
  net::BlockingPool supervisor_;  // waits for it
};

}  // namespace srasta::admin
