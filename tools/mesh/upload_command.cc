#include <filesystem>
#include <memory>

#include "common/base/limits.h"
#include "common/client/contacts.h"
#include "common/client/private_files.h"
#include "tools/mesh/commands.h"

namespace mesh::tool {
namespace {

using client::NewEntry;

constexpr std::string_view kContacts = "mmm_Contact";
// Of a file with people in it.
constexpr size_t kPeopleBytesMax = 64 * 1024 * 1024;

Status InFile(const std::string& file, const Status& status) {
  return Status(status.code(), file + ": " + status.message());
}

Status AddPeople(const std::string& file, std::vector<NewEntry>* entries) {
  MESH_ASSIGN(const std::string text, client::ReadGivenFile(file, kPeopleBytesMax));
  const Result<std::vector<client::Person>> people = client::ParsePeople(text);
  if (!people.ok()) return InFile(file, people.status());
  for (const client::Person& person : *people) {
    NewEntry entry;
    entry.unique_id = client::ContactKey(person);
    entry.payload = client::WriteContact(person);
    entries->push_back(std::move(entry));
  }
  return {};
}

Status AddFile(const std::string& file, const std::string& media_type,
               std::vector<NewEntry>* entries) {
  Result<std::string> payload = client::ReadGivenFile(file, kMessageBytesMax);
  if (!payload.ok()) return payload.status();
  NewEntry entry;
  entry.filename = std::filesystem::path(file).filename().string();
  entry.unique_id = entry.filename;
  entry.payload = *std::move(payload);
  entry.cty = media_type;
  entries->push_back(std::move(entry));
  return {};
}

Status RunUpload(Context& context, const std::string& catalog,
                 const std::vector<std::string>& files, const std::string& media_type) {
  const std::string container = ContainerOf(catalog);
  std::vector<NewEntry> entries;
  for (const std::string& file : files) {
    MESH_RETURN_IF_ERROR(container == kContacts ? AddPeople(file, &entries)
                                                : AddFile(file, media_type, &entries));
  }
  MESH_ASSIGN(client::Session* const session, context.OpenSession());
  Output& out = context.out();
  MESH_ASSIGN(const client::UploadReport report,
              session->Upload(container, entries, out.Progress("Uploading")));
  out.Line("Uploaded " + Count(entries.size(), "entry") + ": " + std::to_string(report.added) +
           " new, " + std::to_string(report.updated) + " updated, " +
           std::to_string(report.unchanged) + " unchanged.");
  out.members().Member("added").Int(static_cast<int64_t>(report.added));
  out.members().Member("updated").Int(static_cast<int64_t>(report.updated));
  out.members().Member("unchanged").Int(static_cast<int64_t>(report.unchanged));
  ReportContainers({report.container}, out);
  return {};
}

}  // namespace

void AddUpload(CLI::App& app, Run* chosen) {
  CLI::App* const upload = AddCommand(
      app, "upload", "Add files, or people, to a catalog as entries signed by this device",
      "  mesh upload contacts people.json     ([{\"FullName\": \"Carol Copper\", \"Email\": "
      "\"carol@example.com\"}])\n"
      "  mesh upload contacts people.vcf\n"
      "  mesh upload bookmarks links.html --type text/html");
  auto catalog = std::make_shared<std::string>();
  auto files = std::make_shared<std::vector<std::string>>();
  auto media_type = std::make_shared<std::string>();
  upload->add_option("CATALOG", *catalog, "contacts, bookmarks, mmm_...")->required();
  upload
      ->add_option("FILE", *files,
                   "For contacts, JSON or vCards; else each file is one entry, named like it")
      ->required();
  upload->add_option("--type", *media_type, "Media type of the files");
  upload->callback([=] {
    *chosen = [=](Context& context) { return RunUpload(context, *catalog, *files, *media_type); };
  });
}

}  // namespace mesh::tool
