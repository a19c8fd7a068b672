// Requests and replies from the client's side (draft -06 §10), in JSON or, with
// json::Form::kJsonB, in JSON-B. Kept apart from the service's codec on purpose: each
// checks the other. Pure functions.

#pragma once

#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/client/messages.h"
#include "common/encoding/json_writer.h"
#include "common/mesh/publication.h"

namespace mesh::client {

using json::Form;

// Each returns `{"<Transaction>": {...}}`. What has no members is JSON and JSON-B alike.
std::string EncodeHello();
std::string EncodeCreateAccount(const CreateRequest& request, Form form = Form::kText);
std::string EncodeDeleteAccount();
std::string EncodeStatus(const StatusRequest& request, Form form = Form::kText);
std::string EncodeDownload(const DownloadRequest& request, Form form = Form::kText);
std::string EncodeUpload(const UploadRequest& request, Form form = Form::kText);
std::string EncodeCreateGroup(const CreateGroupRequest& request, Form form = Form::kText);
std::string EncodeOperate(const OperateRequest& request, Form form = Form::kText);

std::string EncodeConnect(const dare::Envelope& request, Form form = Form::kText);
std::string EncodeComplete(std::string_view address, std::string_view response_id,
                           Form form = Form::kText);
// `publications` as ReadCatalogedPublication takes them.
std::string EncodePublish(const std::vector<std::string>& publications);
std::string EncodeClaim(const dare::Envelope& claim, Form form = Form::kText);
std::string EncodePollClaim(std::string_view address, std::string_view publication_id,
                            Form form = Form::kText);
std::string EncodePost(const PostRequest& request, Form form = Form::kText);

// What every response says (draft -06 §10.2).
struct Outcome {
  int64_t status = 201;  // Absent counts as success.
  int64_t extended = 0;
  std::string description;

  bool success() const { return status >= 100 && status < 300; }
};

// An answer that is HTTP's alone.
Outcome OutcomeOfHttp(int status);

// What any response says, of whatever transaction. kDataLoss if `payload` is not one.
Result<Outcome> DecodeOutcome(std::string_view payload, Form form = Form::kText);

// A response of one of these classes. Members that are not known are ignored.
// kDataLoss, saying where, if `payload` is not of that form, has another tag than the
// transaction's (an error may also have the tag MeshResponse) or a member of a
// wrong type.
Result<Outcome> DecodeHello(std::string_view payload, HelloReply* reply);
Result<Outcome> DecodeCreateAccount(std::string_view payload, CreateReply* reply,
                                    Form form = Form::kText);
Result<Outcome> DecodeDeleteAccount(std::string_view payload, Form form = Form::kText);
Result<Outcome> DecodeStatus(std::string_view payload, StatusReply* reply, Form form = Form::kText);
Result<Outcome> DecodeDownload(std::string_view payload, DownloadReply* reply,
                               Form form = Form::kText);
Result<Outcome> DecodeUpload(std::string_view payload, UploadReply* reply, Form form = Form::kText);
Result<Outcome> DecodeCreateGroup(std::string_view payload, CreateReply* reply,
                                  Form form = Form::kText);
Result<Outcome> DecodeConnect(std::string_view payload, ConnectReply* reply,
                              Form form = Form::kText);
// Each leaves empty what the response does not have.
Result<Outcome> DecodeComplete(std::string_view payload, std::optional<dare::Envelope>* response,
                               Form form = Form::kText);
Result<Outcome> DecodePublish(std::string_view payload, Form form = Form::kText);
Result<Outcome> DecodeClaim(std::string_view payload,
                            std::optional<CatalogedPublication>* publication,
                            Form form = Form::kText);
Result<Outcome> DecodePollClaim(std::string_view payload, std::optional<dare::Envelope>* claim,
                                Form form = Form::kText);
Result<Outcome> DecodePost(std::string_view payload, UploadReply* reply, Form form = Form::kText);
// An error as a whole leaves what its results say in `reply`.
Result<Outcome> DecodeOperate(std::string_view payload, OperateReply* reply,
                              Form form = Form::kText);

}  // namespace mesh::client
