#include "common/dare/seal.h"

#include <utility>

#include "common/base/bytes.h"
#include "common/crypto/udf.h"
#include "common/dare/encryption.h"
#include "common/dare/header.h"
#include "common/dare/signature.h"
#include "common/encoding/json_b.h"
#include "common/encoding/json_writer.h"

namespace mesh::dare {
namespace {

// A header on its way to text, and the secret behind it.
class Sealer {
 public:
  Sealer(const SealOptions& options, crypto::RandomSource& random)
      : options_(options), random_(random) {}
  ~Sealer() { Wipe(master_); }

  Result<Envelope> Run(std::string_view payload) {
    if (encrypts()) MESH_RETURN_IF_ERROR(MakeKeys());
    MakeAnnotations();
    Envelope envelope;
    envelope.payload = encrypts() ? EncryptItem(master_, header_.salt, payload) : payload;
    envelope.header = HeaderText();
    if (digests()) MESH_RETURN_IF_ERROR(MakeTrailer(&envelope));
    return envelope;
  }

 private:
  bool encrypts() const { return !options_.recipients.empty() || !options_.secrets.empty(); }
  bool digests() const { return options_.digest || options_.signer != nullptr; }

  Status MakeKeys() {
    master_ = crypto::RandomBytes(kMasterBytes, random_);
    header_.enc = kA256Cbc;
    header_.kid = crypto::SymmetricKeyId(master_);
    header_.salt = crypto::RandomBytes(kSaltBytes, random_);
    for (const crypto::PublicKey& key : options_.recipients) {
      MESH_ASSIGN(RecipientFields recipient, MakeRecipient(master_, key, random_));
      header_.recipients.push_back(std::move(recipient));
    }
    for (const std::string& secret : options_.secrets) {
      header_.recipients.push_back(MakeSymmetricRecipient(master_, secret));
    }
    return Status();
  }

  // Each EDS has its own prefix: its number.
  void MakeAnnotations() {
    for (size_t i = 0; i < options_.annotations.size(); ++i) {
      const std::string prefix(1, static_cast<char>(i));
      std::string annotation;
      if (encrypts()) {
        annotation = EncryptAnnotation(master_, header_.salt, prefix, options_.annotations[i]);
      } else {
        json_b::AppendData(prefix, annotation);
        json_b::AppendData(options_.annotations[i], annotation);
      }
      header_.annotations.push_back(std::move(annotation));
    }
  }

  std::string HeaderText() const {
    std::string text;
    json::Writer writer(text);
    writer.BeginObject();
    if (!options_.envelope_id.empty()) writer.Member("EnvelopeID").String(options_.envelope_id);
    if (encrypts()) writer.Member("enc").String(header_.enc);
    if (digests()) writer.Member("dig").String("SHA2");
    if (encrypts()) writer.Member("kid").String(header_.kid).Member("Salt").Binary(header_.salt);
    WriteAnnotations(writer);
    WriteRecipients(writer);
    if (options_.content_meta) {
      std::string meta;
      WriteContentMeta(*options_.content_meta, meta);
      writer.Member("ContentMetaData").Binary(meta);
    }
    writer.EndObject();
    return text;
  }

  void WriteAnnotations(json::Writer& writer) const {
    if (header_.annotations.empty()) return;
    writer.Member("Annotations").BeginArray();
    for (const std::string& annotation : header_.annotations) writer.Binary(annotation);
    writer.EndArray();
  }

  void WriteRecipients(json::Writer& writer) const {
    if (header_.recipients.empty()) return;
    writer.Member("recipients").BeginArray();
    for (const RecipientFields& recipient : header_.recipients) {
      writer.BeginObject().Member("kid").String(recipient.kid);
      if (!recipient.epk.empty()) {
        writer.Member("epk").BeginObject().Member("PublicKeyECDH").BeginObject();
        writer.Member("crv").String(recipient.epk_curve).Member("Public").Binary(recipient.epk);
        writer.EndObject().EndObject();
      }
      writer.Member("wmk").Binary(recipient.wmk).EndObject();
    }
    writer.EndArray();
  }

  Status MakeTrailer(Envelope* envelope) const {
    TrailerFields trailer;
    if (options_.signer != nullptr) {
      MESH_ASSIGN(SignatureFields entry, SignPayload(envelope->payload, *options_.signer));
      if (encrypts()) entry.witness = SignatureWitness(master_, header_.salt, entry.signature);
      trailer.signatures.push_back(std::move(entry));
    }
    trailer.payload_digest = PayloadDigest(envelope->payload);
    WriteTrailer(trailer, envelope->trailer);
    return Status();
  }

  const SealOptions& options_;
  crypto::RandomSource& random_;
  HeaderFields header_;
  std::string master_;
};

}  // namespace

Result<Envelope> Seal(std::string_view payload, const SealOptions& options,
                      crypto::RandomSource& random) {
  if (options.annotations.size() > 256) return InvalidArgument("more than 256 annotations");
  return Sealer(options, random).Run(payload);
}

}  // namespace mesh::dare
