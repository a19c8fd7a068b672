#include "common/process/certificate_gauge.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>

namespace mesh {

int64_t CertificateEnd(const std::string& path) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> file(BIO_new_file(path.c_str(), "r"), &BIO_free);
  if (!file) return 0;
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr), &X509_free);
  std::tm end{};
  if (!certificate || ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &end) != 1) return 0;
  return ::timegm(&end);
}

void ExportCertificateEnd(std::string_view use, const std::string& path, Registry& registry) {
  if (path.empty()) return;
  registry.AddCallback(kCertificateEndMetric, kCertificateEndHelp, {{"use", std::string(use)}},
                       false, [path] { return static_cast<double>(CertificateEnd(path)); });
}

}  // namespace mesh
