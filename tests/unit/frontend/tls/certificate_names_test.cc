#include "frontend/tls/certificate_names.h"

#include <gtest/gtest.h>

namespace mesh::tls {
namespace {

class CertificateNamesTest : public ::testing::Test {
 protected:
  CertificateNamesTest() {
    names_.Add("*.mmm.example.com", 0);
    names_.Add("b1.mmm.example.com", 1);
    names_.Add("mmm.example.com", 1);
    names_.Add("mmm.example.com", 2);
  }

  CertificateNames names_;
};

TEST_F(CertificateNamesTest, TheOneThatNamesTheHostIsTakenBeforeAWildcard) {
  EXPECT_EQ(names_.Find("b1.mmm.example.com"), 1u);
  EXPECT_EQ(names_.Find("b2.mmm.example.com"), 0u);
}

TEST_F(CertificateNamesTest, OfTwoThatNameItTheFirst) {
  EXPECT_EQ(names_.Find("mmm.example.com"), 1u);
}

TEST_F(CertificateNamesTest, CaseDoesNotMatter) {
  EXPECT_EQ(names_.Find("B1.MMM.Example.Com"), 1u);
  EXPECT_EQ(names_.Find("B2.MMM.Example.Com"), 0u);
}

TEST_F(CertificateNamesTest, AWildcardStandsForOneLabel) {
  EXPECT_EQ(names_.Find("a.b2.mmm.example.com"), std::nullopt);
  EXPECT_EQ(names_.Find(".mmm.example.com"), std::nullopt);
  EXPECT_EQ(names_.Find("mmm.example.org"), std::nullopt);
  EXPECT_EQ(names_.Find("com"), std::nullopt);
  EXPECT_EQ(names_.Find(""), std::nullopt);
}

}  // namespace
}  // namespace mesh::tls
