// The commands of `mesh`. Each Add... function declares one group of them on the
// command line; the one that was given leaves a function to run in `*chosen`.

#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>

#include "common/base/status.h"
#include "tools/mesh/context.h"

namespace mesh::tool {

using Run = std::function<Status(Context&)>;

void AddHello(CLI::App& app, Run* chosen);
void AddAccountCommands(CLI::App& app, Run* chosen);
void AddDeviceCommands(CLI::App& app, Run* chosen);
void AddConnectCommands(CLI::App& app, Run* chosen);
void AddPublishCommands(CLI::App& app, Run* chosen);
void AddMessageCommands(CLI::App& app, Run* chosen);
void AddContactCommands(CLI::App& app, Run* chosen);
void AddGroupCommands(CLI::App& app, Run* chosen);
void AddStatus(CLI::App& app, Run* chosen);
void AddUpload(CLI::App& app, Run* chosen);
void AddDownload(CLI::App& app, Run* chosen);
void AddShow(CLI::App& app, Run* chosen);

// A subcommand whose help ends with examples.
CLI::App* AddCommand(CLI::App& parent, const std::string& name, const std::string& what,
                     const std::string& examples);

// --without-messages, for commands that take a device in, and what it means.
void AddWithoutMessages(CLI::App& command, const std::shared_ptr<bool>& withheld);
client::Reading ReadingOf(bool withheld);

// Says that this device has joined the account.
void ReportJoined(const client::Account& account, Output& out);

// "contacts" for mmm_Contact and the like; a full name is itself.
std::string ContainerOf(const std::string& name);

// Prints what was verified of containers, for people and for programs.
void ReportContainers(const std::vector<client::SyncReport>& reports, Output& out);

}  // namespace mesh::tool
