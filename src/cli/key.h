#pragma once

namespace CLI {
class App;
}

namespace srasta::cli {

/// `srasta key`: API keys of services.
void add_key(CLI::App& root, int& exit_code);

}  // namespace srasta::cli
