#pragma once

namespace CLI {
class App;
}

namespace srasta::cli {

/// `srasta serve witness`: a witness of transparency logs (docs/witness.md), in this process.
void add_serve_witness(CLI::App& serve, int& exit_code);

}  // namespace srasta::cli
