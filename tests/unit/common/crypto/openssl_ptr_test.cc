#include "common/crypto/openssl_ptr.h"

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "common/crypto/random.h"

namespace mesh::crypto {
namespace {

TEST(OpensslErrorTest, EmptiesTheQueueIntoOneStatus) {
  const BioPtr bio(BIO_new_mem_buf("no certificate", -1));
  ASSERT_EQ(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), nullptr);
  const Status status = OpensslError(Code::kInvalidArgument, "certificate");
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_EQ(status.message(), "certificate: no start line");
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST(OpensslErrorTest, AnEmptyQueueLeavesTheCallersWords) {
  EXPECT_EQ(OpensslError(Code::kInternal, "what").message(), "what");
}

TEST(RandomTest, GivesAsManyOctetsAsAskedForAndOthersEachTime) {
  EXPECT_EQ(RandomBytes(0), "");
  const std::string octets = RandomBytes(32);
  EXPECT_EQ(octets.size(), 32u);
  EXPECT_NE(octets, RandomBytes(32));
}

}  // namespace
}  // namespace mesh::crypto
