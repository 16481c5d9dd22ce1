#pragma once

#include "evidence/archive.h"
#include "service/hosted_plane.h"

#include <atomic>
#include <memory>
#include <span>

namespace srasta::evidence {

/// The plane that answers questions about the audit log over HTTP.
class EvidencePlane final : public service::HostedPlane {
 public:
  EvidencePlane(Archive::Settings settings, base::FileSystem& files, const base::Clock& clock,
                base::Log& log)
      : archive_(std::move(settings), files, clock, log) {}

  [[nodiscard]] std::span<const service::RouteSpec* const> routes() const override;
  [[nodiscard]] std::unique_ptr<service::CorePlane> open_core(
      const service::PlaneCore& core) override;
  void start() override { archive_.start(); }
  void stop() override { archive_.stop(); }

 private:
  Archive archive_;
  std::atomic<size_t> listeners_{0};  // of all cores
};

}  // namespace srasta::evidence
