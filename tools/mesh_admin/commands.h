// The commands of `mesh-admin`. Each Add... function declares one on the command line, in a
// file of its own; the one that was given leaves a function to run in `*chosen`. A further
// command is a file, a line here and a line in run.cc.

#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "common/base/status.h"
#include "tools/mesh_admin/context.h"

namespace mesh::admin {

using Run = std::function<Status(Context&)>;

void AddDns(CLI::App& app, Run* chosen);
void AddHot(CLI::App& app, Run* chosen);
void AddIncidents(CLI::App& app, Run* chosen);
void AddMap(CLI::App& app, Run* chosen);
void AddMove(CLI::App& app, Run* chosen);
void AddMoves(CLI::App& app, Run* chosen);
void AddNodes(CLI::App& app, Run* chosen);
void AddPlacement(CLI::App& app, Run* chosen);
void AddRoute(CLI::App& app, Run* chosen);
void AddUnpin(CLI::App& app, Run* chosen);

// A subcommand whose help ends with examples.
CLI::App* AddCommand(CLI::App& parent, const std::string& name, const std::string& what,
                     const std::string& examples);

}  // namespace mesh::admin
