// Who may do what: the table of docs/AUTHENTICATION.md cell by cell, and the stories
// behind it.

#include <cstdlib>
#include <fstream>
#include <map>

#include "tests/unit/backend/transactions/messages.h"

namespace mesh::backend {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// --- The table ---------------------------------------------------------------------------

// Rows and columns as the document names them; cells "yes" or the Status.
using Table = std::map<std::string, std::map<std::string, std::string>>;

std::vector<std::string> CellsOf(const std::string& line) {
  std::vector<std::string> cells;
  for (size_t begin = 1; begin < line.size();) {
    const size_t end = line.find('|', begin);
    std::string cell = line.substr(begin, end - begin);
    std::erase(cell, '`');
    cell.erase(0, cell.find_first_not_of(' '));
    cell.erase(cell.find_last_not_of(' ') + 1);
    cells.push_back(cell);
    begin = end + 1;
  }
  return cells;
}

// The table under the line that begins with `heading`.
Table Documented(std::string_view heading) {
  const char* source = std::getenv("MESH_SOURCE");
  std::ifstream file(std::string(source != nullptr ? source : ".") + "/docs/AUTHENTICATION.md");
  Table table;
  std::vector<std::string> columns;
  bool here = false;
  for (std::string line; std::getline(file, line);) {
    here = here || line.starts_with(heading);
    if (!columns.empty() && line.empty()) break;
    if (!here || !line.starts_with("| ")) continue;
    const std::vector<std::string> cells = CellsOf(line);
    if (columns.empty()) columns = cells;
    for (size_t i = 1; i < cells.size() && columns != cells; ++i) {
      table[cells[0]][columns.at(i)] = cells[i];
    }
  }
  table.erase("Hello");  // Of the front end alone.
  return table;
}

class WhoMayTest : public WhoTest {
 protected:
  static proto::Caller CallerIn(const std::string& column) {
    if (column == "nobody") return CallerOf(proto::Caller::NOBODY, "");
    if (column == "device") return NewDevice();
    if (column == "device of the account" || column == "device of its owner") {
      return ByExchange(kAlice, kLaptop);
    }
    if (column == "administrator" || column == "administrator of its owner") {
      return Administering(ByExchange(kAlice, kLaptop));
    }
    if (column == "device of another account") return ByExchange(kBob, kLaptop);
    if (column == "other service") {
      proto::Caller service = CallerOf(proto::Caller::SERVICE, "KEY-host");
      service.set_domain("elsewhere.org");
      return service;
    }
    ADD_FAILURE() << "who is \"" << column << "\"?";
    return {};
  }

  static proto::Caller NewDevice() {
    proto::Caller device = CallerOf(proto::Caller::DEVICE, "KEY-new");
    device.set_profile_device_udf("PROFILE-KEY-new");
    return device;
  }
  static bool Changes(const std::string& row) {
    return row != "Status" && row != "Download" && row != "Complete" && row != "PollClaim" &&
           row != "Operate";
  }

  // The front end asks for a grant before it sends what names another account.
  proto::Caller At(const proto::Caller& caller, std::string_view account) {
    const bool other = caller.mode() == proto::Caller::PROFILE && caller.account() != account;
    return other ? Granted(caller, account) : caller;
  }
  static std::string SenderOf(const proto::Caller& caller) {
    return caller.mode() == proto::Caller::SERVICE ? "carl@elsewhere.org" : caller.account();
  }

  // Does it to `account`.
  proto::PartitionReply Do(const std::string& row, const proto::Caller& caller,
                           std::string_view account) {
    if (row == "CreateAccount") return Create(caller, "carol@example.com");
    if (row == "CreateGroup") {
      const bool profile = caller.mode() == proto::Caller::PROFILE;
      return MakeGroup(profile ? Granted(caller, "team@example.com") : caller, "team@example.com");
    }
    if (row == "DeleteAccount") return Remove(caller, account);
    if (row == "Status") return Status(caller, account);
    if (row == "Download") return Download(caller, account, kInbound);
    if (row == "Upload") return Upload(caller, account, To(kContacts, {New("c", "contact")}));
    if (row == "Post" || row == "Post to others") {
      return Run(caller, account, [&](proto::PartitionRequest& request) {
        *request.mutable_post()->add_messages() = From(kAlice, "1");
        if (row != "Post") request.mutable_post()->add_accounts(std::string(kBob));
      });
    }
    if (row == "Upload to mmm_Device") {
      return UploadDevices(caller, account, {DeviceEntry(proto::EVENT_NEW, account, kPhone)});
    }
    if (row == "Connect") return AskToConnect(At(caller, account), account, "PROFILE-KEY-new");
    if (row == "Complete") return Complete(At(caller, account), account, "ANSWER");
    if (row == "PollClaim") return PollClaim(At(caller, account), account, "CLAIM-P");
    if (row == "Operate") {
      proto::PartitionRequest request = bench_.RequestOf(account);
      request.mutable_operate()->add_key_ids("key");
      request.mutable_operate()->set_caller_account(SenderOf(caller));
      return bench_.As(At(caller, account), request);
    }
    if (row == "Claim") {
      return Claim(At(caller, account), account, ClaimOf(PublicationEntry("P"), SenderOf(caller)));
    }
    ADD_FAILURE() << "what is \"" << row << "\"?";
    return {};
  }

  // One cell: `make_caller` is called when the accounts are there.
  void Check(const std::string& row, const std::string& expected, std::string_view account,
             const std::function<proto::Caller()>& make_caller) {
    bench_.Forget();
    MakeAccount(kAlice);
    MakeAccount(kBob);
    ASSERT_EQ(MakeGroup(Granted(ByExchange(kAlice, kLaptop), kGroup), kGroup).mesh_status(), 201);
    ASSERT_EQ(Upload(ByExchange(kAlice, kLaptop), kAlice,
                     To(kPublicationCatalog, {PublicationEntry("P")})
                         .To(kLocal, {Response("ANSWER", "PROFILE-KEY-new")}))
                  .mesh_status(),
              201);
    const auto before = bench_.Everything();
    const proto::PartitionReply reply = Do(row, make_caller(), account);
    const std::string status = std::to_string(reply.mesh_status());
    EXPECT_EQ(status == "201" ? "yes" : status, expected);
    EXPECT_EQ(reply.refusal() == proto::REFUSAL_NONE, expected == "yes");
    EXPECT_EQ(bench_.Everything() == before, expected != "yes" || !Changes(row));
  }
};

TEST_F(WhoMayTest, TheTableIsWhatTheOwnerDoes) {
  const Table table = Documented("## Who may do what");
  ASSERT_EQ(table.size(), 14u);
  for (const auto& [row, cells] : table) {
    ASSERT_EQ(cells.size(), 6u);
    for (const auto& [column, expected] : cells) {
      SCOPED_TRACE(row + " by " + column);
      Check(row, expected, kAlice, [&, &who = column] { return CallerIn(who); });
    }
  }
}

TEST_F(WhoMayTest, TheTableOfGroupsIsWhatTheirOwnerDoes) {
  const Table table = Documented("**Groups**");
  ASSERT_EQ(table.size(), 4u);
  for (const auto& [row, cells] : table) {
    ASSERT_EQ(cells.size(), 3u);
    for (const auto& [column, expected] : cells) {
      SCOPED_TRACE(row + " by " + column);
      Check(row, expected, kGroup, [&, &who = column] { return Granted(CallerIn(who), kGroup); });
    }
  }
}

TEST_F(WhoMayTest, InReferenceCompatibilityWhoeverNamesTheAccountIsBelieved) {
  MakeAccount(kAlice);
  proto::Caller alice = CallerOf(proto::Caller::REFERENCE, "MDEV");
  alice.set_account(std::string(kAlice));
  proto::Caller bob = alice;
  bob.set_account(std::string(kBob));
  const proto::Caller stranger = CallerOf(proto::Caller::REFERENCE, "");
  for (const std::string row :
       {"Status", "Download", "Upload", "Upload to mmm_Device", "DeleteAccount"}) {
    SCOPED_TRACE(row);
    EXPECT_EQ(Do(row, bob, kAlice).mesh_status(), 403);
    EXPECT_EQ(Do(row, stranger, kAlice).mesh_status(), 401);
    EXPECT_EQ(Do(row, alice, kAlice).mesh_status(), 201);
  }
  EXPECT_EQ(Create(stranger, kBob).mesh_status(), 201);
}

TEST_F(WhoMayTest, AModeThatNobodyKnowsIsNobody) {
  MakeAccount(kAlice);
  proto::Caller caller = ByExchange(kAlice, kLaptop);
  caller.set_mode(static_cast<proto::Caller::Mode>(99));
  EXPECT_EQ(Status(caller, kAlice).mesh_status(), 401);
}

// --- How an account begins ----------------------------------------------------------------

TEST_F(WhoTest, ANewAccountIsUsedByWhoeverItsAdministratorsSignFor) {
  ASSERT_EQ(Create(CallerOf(proto::Caller::DEVICE, "KEY-profile"), kAlice).mesh_status(), 201);
  const proto::Caller laptop = ByExchange(kAlice, kLaptop);

  const auto unsigned_reply = Status(laptop, kAlice);
  EXPECT_EQ(unsigned_reply.mesh_status(), 403);
  EXPECT_EQ(unsigned_reply.mesh_status_description(), "MeshAdministratorNeeded");
  EXPECT_EQ(unsigned_reply.incarnation(), 0u);

  const auto signed_reply = Status(Administering(laptop), kAlice);
  EXPECT_EQ(signed_reply.mesh_status(), 201);
  EXPECT_NE(signed_reply.incarnation(), 0u);
  const proto::Caller ticket = ByTicket(kAlice, kLaptop, signed_reply.incarnation());
  EXPECT_EQ(Status(ticket, kAlice).refusal(), proto::REFUSAL_ADMINISTRATOR);
  EXPECT_EQ(Status(Administering(ticket), kAlice).mesh_status(), 201);
}

TEST_F(WhoTest, TheFirstDeviceIsInTheAccountFromTheNextRequestOn) {
  MakeAccount(kAlice);
  const auto reply = Status(ByExchange(kAlice, kLaptop), kAlice);
  EXPECT_EQ(reply.mesh_status(), 201);
  EXPECT_NE(reply.incarnation(), 0u);
  EXPECT_EQ(Status(ByTicket(kAlice, kLaptop, reply.incarnation()), kAlice).mesh_status(), 201);
}

TEST_F(WhoTest, WhoSignsWithAnotherKeyIsNoAdministrator) {
  MakeAccount(kAlice);
  proto::Caller caller = ByExchange(kAlice, kLaptop);
  caller.set_administrator_udf(AdministratorOf(kBob));
  EXPECT_EQ(Remove(caller, kAlice).refusal(), proto::REFUSAL_ADMINISTRATOR);
}

TEST_F(WhoTest, AnAdministratorPutsAnotherDeviceIn) {
  MakeAccount(kAlice);
  const proto::Caller phone = ByExchange(kAlice, kPhone);
  EXPECT_EQ(Status(phone, kAlice).mesh_status_description(), "MeshDeviceUnknown");
  const auto added = UploadDevices(Administering(ByExchange(kAlice, kLaptop)), kAlice,
                                   {DeviceEntry(proto::EVENT_NEW, kAlice, kPhone)});
  EXPECT_EQ(added.mesh_status(), 201);
  EXPECT_EQ(Status(phone, kAlice).mesh_status(), 201);
}

TEST_F(WhoTest, ADeviceDoesNotPutItselfIn) {
  MakeAccount(kAlice);
  const proto::Caller phone = ByExchange(kAlice, kPhone);
  const std::vector<proto::Envelope> itself = {DeviceEntry(proto::EVENT_NEW, kAlice, kPhone)};
  EXPECT_EQ(UploadDevices(phone, kAlice, itself).refusal(), proto::REFUSAL_NOT_IN_ACCOUNT);
  EXPECT_EQ(UploadDevices(ByExchange(kAlice, kLaptop), kAlice, itself).refusal(),
            proto::REFUSAL_ADMINISTRATOR);
  // An administrator's key is not enough: some device of the account must hold it.
  EXPECT_EQ(UploadDevices(Administering(phone), kAlice, itself).refusal(),
            proto::REFUSAL_NOT_IN_ACCOUNT);
}

// --- How it ends -----------------------------------------------------------------------------

TEST_F(WhoTest, ARemovedDeviceIsRefusedOnItsNextRequest) {
  MakeAccount(kAlice);
  const proto::Caller laptop = Administering(ByExchange(kAlice, kLaptop));
  UploadDevices(laptop, kAlice, {DeviceEntry(proto::EVENT_NEW, kAlice, kPhone)});
  const uint64_t incarnation = Status(ByExchange(kAlice, kPhone), kAlice).incarnation();
  const proto::Caller ticket = ByTicket(kAlice, kPhone, incarnation);
  ASSERT_EQ(Status(ticket, kAlice).mesh_status(), 201);

  UploadDevices(laptop, kAlice, {Delete("PROFILE-KEY-phone")});

  const auto reply = Status(ticket, kAlice);
  EXPECT_EQ(reply.mesh_status(), 401);
  EXPECT_EQ(reply.refusal(), proto::REFUSAL_NOT_IN_ACCOUNT);
  EXPECT_EQ(reply.incarnation(), 0u);
  EXPECT_EQ(Upload(ticket, kAlice, To(kContacts, {New("c", "x")})).mesh_status(), 401);
  EXPECT_EQ(Status(ByExchange(kAlice, kLaptop), kAlice).mesh_status(), 201);
}

TEST_F(WhoTest, AnUpdateThatNamesAnotherKeyPutsTheOldKeyOut) {
  MakeAccount(kAlice);
  proto::Envelope entry = EventEntry(proto::EVENT_UPDATE, "PROFILE-KEY-laptop", "rekeyed");
  Connect(entry, kAlice, "KEY-laptop-2");
  UploadDevices(Administering(ByExchange(kAlice, kLaptop)), kAlice, {entry});
  EXPECT_EQ(Status(ByExchange(kAlice, kLaptop), kAlice).mesh_status(), 401);
  EXPECT_EQ(Status(ByExchange(kAlice, "KEY-laptop-2"), kAlice).mesh_status(), 201);
}

TEST_F(WhoTest, AnAccountMadeAnewInheritsNothing) {
  MakeAccount(kAlice);
  const uint64_t old = Status(ByExchange(kAlice, kLaptop), kAlice).incarnation();
  Remove(Administering(ByExchange(kAlice, kLaptop)), kAlice);
  EXPECT_EQ(Status(ByTicket(kAlice, kLaptop, old), kAlice).mesh_status(), 404);
  MakeAccount(kAlice);

  const auto reply = Status(ByTicket(kAlice, kLaptop, old), kAlice);

  EXPECT_EQ(reply.mesh_status(), 401);
  EXPECT_EQ(reply.mesh_status_description(), "MeshTicketExpired");
  EXPECT_EQ(reply.refusal(), proto::REFUSAL_INCARNATION);
  EXPECT_NE(Status(ByExchange(kAlice, kLaptop), kAlice).incarnation(), old);
}

// --- Assertions of somebody else ----------------------------------------------------------------

TEST_F(WhoTest, AnAssertionOfAnotherProfileIsWorthNothing) {
  MakeAccount(kAlice);
  proto::Caller forger = ByExchange(kAlice, kLaptop);
  for (const std::string& digest : {ProfileDigestOf(kBob), std::string()}) {
    forger.set_profile_account_digest(digest);
    EXPECT_EQ(Status(forger, kAlice).refusal(), proto::REFUSAL_PROFILE);
    EXPECT_EQ(Status(forger, kAlice).mesh_status(), 401);
    EXPECT_EQ(Status(Administering(forger), kAlice).mesh_status(), 401);
  }
}

TEST_F(WhoTest, AnAccountWhoseProfileIsNotKnownIsNobodys) {
  bench_.Create(kAlice);
  proto::PartitionRequest request = bench_.RequestOf(kBob);
  request.mutable_create()->set_account_address(std::string(kBob));
  request.mutable_create()->set_signed_profile_mesh("[p]");
  request.mutable_create()->set_signed_assertion_account("[a]");
  ASSERT_EQ(bench_.Run(request).mesh_status(), 201);
  proto::Caller caller = ByExchange(kBob, kLaptop);
  caller.clear_profile_account_digest();
  EXPECT_EQ(Status(caller, kBob).mesh_status(), 401);
}

TEST_F(WhoTest, AnEntryThatTheEdgeCouldNotVerifyIsRefused) {
  MakeAccount(kAlice);
  const proto::Caller laptop = Administering(ByExchange(kAlice, kLaptop));
  const auto before = bench_.Everything();
  proto::Envelope entry = DeviceEntry(proto::EVENT_NEW, kAlice, kPhone);
  entry.clear_members();
  entry.set_device_fault("not signed by the account");
  entry.set_device_denied(true);
  auto reply = Upload(laptop, kAlice, To(kDeviceCatalog, {entry}).Self(Message("M", "hello")));
  EXPECT_EQ(reply.mesh_status(), 403);
  EXPECT_EQ(reply.refusal(), proto::REFUSAL_DEVICE_ENTRY);
  EXPECT_THAT(reply.message(), HasSubstr("not signed by the account"));
  EXPECT_THAT(ResultsOf(reply), ElementsAre(proto::RESULT_REJECT, proto::RESULT_REJECT));

  entry.set_device_denied(false);  // Unreadable, say because it is encrypted.
  EXPECT_EQ(UploadDevices(laptop, kAlice, {entry}).mesh_status(), 400);

  entry.clear_device_fault();  // Good, but for another account.
  Connect(entry, kBob, kPhone);
  EXPECT_EQ(UploadDevices(laptop, kAlice, {entry}).mesh_status(), 403);
  EXPECT_EQ(bench_.Everything(), before);
}

TEST_F(WhoTest, InReferenceCompatibilityEntriesAreTakenAsTheyAre) {
  bench_.Create(kAlice);
  proto::Envelope entry = New("MDEV", "anything");
  entry.set_device_fault("cannot be read");
  EXPECT_EQ(bench_.Upload(kAlice, To(kDeviceCatalog, {FrameZero(), entry})).mesh_status(), 201);
}

TEST_F(WhoTest, AKeyIsInTheAccountByOneEntry) {
  MakeAccount(kAlice);
  const proto::Caller laptop = Administering(ByExchange(kAlice, kLaptop));
  proto::Envelope entry = New("PROFILE-other", "other device, same key");
  Connect(entry, kAlice, kLaptop);
  EXPECT_EQ(UploadDevices(laptop, kAlice, {entry}).mesh_status(), 409);
  proto::Envelope twice = DeviceEntry(proto::EVENT_NEW, kAlice, kPhone);
  Connect(twice, kAlice, kPhone);
  EXPECT_EQ(UploadDevices(laptop, kAlice, {twice}).mesh_status(), 400);
}

// --- Permissions --------------------------------------------------------------------------------

class PermissionTest : public WhoTest {
 protected:
  PermissionTest() {
    MakeAccount(kAlice);
    const proto::Caller laptop = Administering(ByExchange(kAlice, kLaptop));
    proto::Envelope entry = DeviceEntry(proto::EVENT_NEW, kAlice, kPhone);
    proto::Member& member = *entry.mutable_members(0);
    member.set_limited(true);
    Permit(member, kContacts, false);
    Permit(member, "mmm_Bookmark", true);
    const auto reply = Upload(laptop, kAlice,
                              To(kDeviceCatalog, {entry})
                                  .To(kContacts, {New("c", "contact")})
                                  .To("mmm_Bookmark", {New("b", "bookmark")}));
    EXPECT_EQ(reply.mesh_status(), 201);
  }
  static void Permit(proto::Member& member, std::string_view container, bool write) {
    proto::Permission* permission = member.add_permissions();
    permission->set_container(std::string(container));
    permission->set_write(write);
  }

  const proto::Caller phone_ = ByExchange(kAlice, kPhone);
};

TEST_F(PermissionTest, ALimitedDeviceReadsWhatIsNamedAndTheRestIsNotThere) {
  EXPECT_EQ(Download(phone_, kAlice, kContacts).mesh_status(), 201);
  EXPECT_EQ(Download(phone_, kAlice, "mmm_Bookmark").mesh_status(), 201);
  const auto hidden = Download(phone_, kAlice, kInbound);
  const auto absent = Download(phone_, kAlice, "mmm_Nothing");
  EXPECT_EQ(hidden.mesh_status(), 404);
  EXPECT_EQ(hidden.mesh_status_description(), absent.mesh_status_description());
}

TEST_F(PermissionTest, APageKeyOpensNoOtherContainer) {
  proto::DownloadRequest one = Ask(kDeviceCatalog);
  one.mutable_constraints()->set_max_entries(1);
  const auto page = Run(ByExchange(kAlice, kLaptop), kAlice,
                        [&](proto::PartitionRequest& r) { *r.mutable_download() = one; });
  proto::DownloadRequest rest;
  rest.add_select()->set_page_key(page.download().updates(0).page_key());
  ASSERT_FALSE(rest.select(0).page_key().empty());
  const auto next = [&](const proto::Caller& caller) {
    return Run(caller, kAlice, [&](proto::PartitionRequest& r) { *r.mutable_download() = rest; })
        .mesh_status();
  };
  EXPECT_EQ(next(phone_), 404);
  EXPECT_EQ(next(ByExchange(kAlice, kLaptop)), 201);
}

TEST_F(PermissionTest, StatusListsWhatTheDeviceMayRead) {
  std::vector<std::string> names;
  const auto reply = Status(phone_, kAlice);
  for (const auto& container : reply.status().container_status()) {
    names.push_back(container.container());
  }
  EXPECT_THAT(names, ElementsAre("mmm_Bookmark", "mmm_Contact"));
}

TEST_F(PermissionTest, ALimitedDeviceSeesItsOwnEntryAndNoOther) {
  const auto entry_of = [&](const std::string& device_udf) {
    const auto reply = Run(phone_, kAlice, [&](proto::PartitionRequest& request) {
      request.mutable_status()->set_device_udf(device_udf);
    });
    return reply.status().enveloped_catalog_entry_device().payload();
  };
  EXPECT_EQ(entry_of(""), "entry of KEY-phone");
  EXPECT_EQ(entry_of("PROFILE-KEY-phone"), "entry of KEY-phone");
  EXPECT_EQ(entry_of("PROFILE-KEY-laptop"), "");
}

TEST_F(PermissionTest, ALimitedDeviceWritesWhereItMay) {
  EXPECT_EQ(Upload(phone_, kAlice, To("mmm_Bookmark", {New("b2", "x")})).mesh_status(), 201);
  const auto before = bench_.Everything();
  for (const proto::UploadRequest& upload :
       {proto::UploadRequest(To(kContacts, {New("c2", "x")})),
        proto::UploadRequest(To("mmm_Bookmark", {New("b3", "x")}).To("mmm_New", {New("n", "x")})),
        proto::UploadRequest(To("mmm_Nothing", {})),
        proto::UploadRequest(UploadBuilder().Self(Message("M", "x")))}) {
    const auto reply = Upload(phone_, kAlice, upload);
    EXPECT_EQ(reply.mesh_status(), 403);
    EXPECT_EQ(reply.refusal(), proto::REFUSAL_PERMISSION);
  }
  EXPECT_EQ(bench_.Everything(), before);
}

TEST_F(PermissionTest, AnAdministratorsSignatureDoesNotWidenALimitedDevice) {
  const auto reply = UploadDevices(Administering(phone_), kAlice, {Delete("PROFILE-KEY-laptop")});
  EXPECT_EQ(reply.refusal(), proto::REFUSAL_PERMISSION);
}

TEST_F(PermissionTest, NoPermissionAtAllIsNothing) {
  proto::Envelope entry = DeviceEntry(proto::EVENT_UPDATE, kAlice, kPhone);
  entry.mutable_members(0)->set_limited(true);
  UploadDevices(Administering(ByExchange(kAlice, kLaptop)), kAlice, {entry});
  EXPECT_EQ(Download(phone_, kAlice, kContacts).mesh_status(), 404);
  EXPECT_THAT(Status(phone_, kAlice).status().container_status(), IsEmpty());
}

TEST_F(PermissionTest, BothRoundsOfAnUploadAreAuthorizedAsTheWhole) {
  const proto::Caller laptop = ByExchange(kAlice, kLaptop);
  const proto::UploadRequest first = To(kDeviceCatalog, {Delete("PROFILE-KEY-phone")})
                                         .To(kContacts, {Redacted(New("r", "later"))});
  const proto::UploadRequest second = To(kContacts, {New("r", "later")});
  ASSERT_EQ(Upload(Administering(laptop), kAlice, first).mesh_status(), 202);
  EXPECT_EQ(Upload(laptop, kAlice, second).refusal(), proto::REFUSAL_ADMINISTRATOR);
  EXPECT_EQ(Status(phone_, kAlice).mesh_status(), 201);
  EXPECT_EQ(Upload(Administering(laptop), kAlice, second).mesh_status(), 201);
  EXPECT_EQ(Status(phone_, kAlice).mesh_status(), 401);
}

TEST_F(WhoTest, ARedactedDeviceEntryIsVerifiedWhenItsPayloadComes) {
  MakeAccount(kAlice);
  const proto::Caller laptop = Administering(ByExchange(kAlice, kLaptop));
  const proto::Envelope entry = DeviceEntry(proto::EVENT_NEW, kAlice, kPhone);
  proto::Envelope first = Redacted(entry);
  first.clear_members();
  proto::Envelope bad = entry;
  bad.clear_members();
  bad.set_device_fault("not signed by the account");
  ASSERT_EQ(UploadDevices(laptop, kAlice, {first}).mesh_status(), 202);
  EXPECT_EQ(UploadDevices(laptop, kAlice, {bad}).mesh_status(), 400);
  EXPECT_EQ(UploadDevices(laptop, kAlice, {entry}).mesh_status(), 201);
  EXPECT_EQ(Status(ByExchange(kAlice, kPhone), kAlice).mesh_status(), 201);
}

}  // namespace
}  // namespace mesh::backend
