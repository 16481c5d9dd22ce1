#pragma once

#include "evidence/archive.h"
#include "evidence/cursor.h"
#include "evidence/filters.h"
#include "service/hosted_plane.h"
#include "service/open_answers.h"

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace srasta::evidence {

/// What serves this plane's routes on one core.
class EvidenceCore final : public service::CorePlane {
 public:
  EvidenceCore(const service::PlaneCore& core, Archive& archive, std::atomic<size_t>& listeners)
      : core_(core), archive_(archive), listeners_(listeners) {}

  void bind(service::RouteTable& table) override;
  void recheck(const std::shared_ptr<const identity::IdentitySnapshot>& snapshot) override {
    open_.recheck(snapshot);
  }

 private:
  /// One page, and where it lies in the log.
  struct Page {
    Hits hits;
    uint64_t end = 0;
  };

  net::Task<void> answer_records(service::Request& request, const access::Caller& caller);
  net::Task<void> answer_page(service::Request& request, const access::Caller& caller,
                              const Question& question, const std::string& tenant, Page page);
  net::Task<void> answer_stream(service::Request& request, const access::Caller& caller);
  net::Task<void> answer_receipt(service::Request& request, const access::Caller& caller);
  net::Task<void> answer_checkpoint(service::Request& request, const access::Caller& caller);

  /// Answers, and leaves a record.
  net::Task<void> refuse_parameter(service::Request& request, const access::Caller& caller,
                                   std::string name);
  net::Task<void> refuse_object(service::Request& request, const access::Caller& caller);
  /// The log could not be read, or is not what was written.
  net::Task<void> fail(service::Request& request, const access::Caller& caller,
                       const Question& question, base::Error error);

  const service::PlaneCore core_;
  Archive& archive_;
  std::atomic<size_t>& listeners_;
  service::OpenAnswers open_;
};

}  // namespace srasta::evidence
