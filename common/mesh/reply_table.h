// What the tables of replies share. Internal to the codec.

#pragma once

#include <string>
#include <string_view>

#include "common/mesh/member_table.h"

namespace mesh {

namespace proto {
class ClaimResponse;
class CompleteResponse;
class ConnectResponse;
class OperateResponse;
class PollClaimResponse;
class StoredEnvelope;
}  // namespace proto

// Nothing when `value` is empty.
void WriteString(EncodeContext& context, std::string_view name, const std::string& value);
void WriteBinary(EncodeContext& context, std::string_view name, const std::string& value);

// The envelope's array, with the service's own members in its header. What constraints left
// out is absent, or null where something follows; the reference client fails on null and never
// asks for that.
void WriteEnvelope(EncodeContext& context, const proto::StoredEnvelope& envelope);
// An envelope that is kept as its JSON text.
void WriteEnvelopeText(EncodeContext& context, const std::string& text);

// The members of one response, of connect_encode.cc.
void WriteConnect(EncodeContext& context, const proto::ConnectResponse& connect);
void WriteComplete(EncodeContext& context, const proto::CompleteResponse& complete);
void WriteClaim(EncodeContext& context, const proto::ClaimResponse& claim);
void WritePollClaim(EncodeContext& context, const proto::PollClaimResponse& poll);
// Of operate_encode.cc.
void WriteOperate(EncodeContext& context, const proto::OperateResponse& operate);

}  // namespace mesh
