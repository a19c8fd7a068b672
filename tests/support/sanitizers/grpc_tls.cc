// ThreadSanitizer suppressions for the one test program in which gRPC speaks TLS.
//
// gRPC hands its TLS state from thread to thread with synchronization that the
// sanitizer cannot see, so it reports OpenSSL's frames under it. In this program gRPC
// is OpenSSL's only user on more than one thread; elsewhere OpenSSL is not suppressed,
// so that our own use of it stays checked.

#if defined(__SANITIZE_THREAD__)
extern "C" const char* __tsan_default_suppressions() {
  return "race:libcrypto.so\nrace:libssl.so\n";
}
#endif
