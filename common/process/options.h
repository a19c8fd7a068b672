// Options of our programs: a flag, else an environment variable, else a line of
// the configuration file, else the default. The names follow from each other:
// --data-dir, MESH_DATA_DIR, data-dir=. A line that names no option is refused.

#pragma once

#include <CLI/CLI.hpp>

#include <string>

#include "common/base/status.h"

namespace mesh {

// What a program's main returns. Documented in every --help.
inline constexpr int kExitOk = 0;
inline constexpr int kExitUsage = 2;    // The options are wrong.
inline constexpr int kExitNoStart = 3;  // Something it needs at start is not there.
inline constexpr int kExitStorage = 4;  // The disk failed; nothing unsynced was acknowledged.

// Adds to every option of `app` its environment variable, and the options --config
// and --version. Called after the program has added its own.
void AddCommonOptions(CLI::App& app, std::string& config_file);

// kInvalidArgument for "--name=" without a value, for which CLI11 would take the next argument.
// Called before a command line is parsed.
Status CheckValues(int argc, const char* const* argv);

// Reads the command line, with CheckValues. True to go on; else the program returns *exit_code
// (help was asked for and printed, or the options are wrong and that was said).
bool ParseOptions(CLI::App& app, int argc, char** argv, int* exit_code);

// What to tell people of `error`, which parsing with `app` threw: for a line of the configuration
// file, which file and line, and what to do. Reads that file again.
std::string ParseTrouble(const CLI::App& app, const CLI::ParseError& error);

}  // namespace mesh
