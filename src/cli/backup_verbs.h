#pragma once

#include "cli/command_line.h"
#include "config/config.h"

// The verbs of `srasta backup`, one file each.
namespace srasta::cli {

void add_backup_create(Command noun);
void add_backup_verify(Command noun, const config::Environment& environment);
void add_backup_restore(Command noun, const config::Environment& environment);

}  // namespace srasta::cli
