#pragma once

namespace CLI {
class App;
}

namespace srasta::cli {

/// `srasta version`.
void add_version(CLI::App& root, int& exit_code);

}  // namespace srasta::cli
