#pragma once

#include "json/writer.h"
#include "tools/approval.h"
#include "tools/told.h"

#include <cstdint>
#include <string>

// What is shown of an approval; JSON objects. No text of a file is in them.
namespace srasta::tools {

/// To an agent that waits.
[[nodiscard]] Told::Waiting waiting_for(const Approval& approval);
/// The members of a refusal that tell it.
void write_waiting(json::Writer& writer, const Told::Waiting& waiting);
/// What the tool approval_status gives.
[[nodiscard]] std::string status_json(const Approval& approval, int64_t now);
/// To people who approve, and to who asked.
[[nodiscard]] std::string approval_json(const Approval& approval, int64_t now);

}  // namespace srasta::tools
