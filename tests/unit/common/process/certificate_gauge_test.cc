// When a certificate ends, as Prometheus is told.

#include "common/process/certificate_gauge.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/unit/common/client/temporary_folder.h"
#include "tests/unit/frontend/tls/test_certificates.h"

namespace mesh {
namespace {

class CertificateGaugeTest : public testing::Test {
 protected:
  void Write(const std::string& text) { std::ofstream(path_) << text; }

  const client::TemporaryFolder folder_;
  const std::string path_ = folder_.path() + "/cert.pem";
};

TEST_F(CertificateGaugeTest, TheEndIsInTheFuture) {
  Write(tls::MakeTestCertificate("frontend").certificate_pem);
  EXPECT_GT(CertificateEnd(path_), 1'700'000'000);
}

TEST_F(CertificateGaugeTest, WhatIsNoCertificateEndedLongAgo) {
  EXPECT_EQ(CertificateEnd(path_), 0);  // There is no such file.
  Write("no certificate");
  EXPECT_EQ(CertificateEnd(path_), 0);
}

TEST_F(CertificateGaugeTest, TheFileIsReadWhenSomebodyAsks) {
  Registry registry;
  ExportCertificateEnd("hop", path_, registry);
  EXPECT_NE(registry.Text().find("seconds{use=\"hop\"} 0"), std::string::npos) << registry.Text();
  Write(tls::MakeTestCertificate("frontend").certificate_pem);
  EXPECT_EQ(registry.Text().find("seconds{use=\"hop\"} 0"), std::string::npos);
}

TEST_F(CertificateGaugeTest, WhereNoneIsUsedNothingIsTold) {
  Registry registry;
  ExportCertificateEnd("etcd", "", registry);
  EXPECT_EQ(registry.Text().find("use="), std::string::npos);
}

}  // namespace
}  // namespace mesh
