// `Sha256` by OpenSSL 3.
#include <openssl/evp.h>

#include <cstdlib>
#include <memory>

#include "codec/sha256.h"

namespace cityid {
namespace {

struct Free {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, Free>;

/// Nothing but a lack of memory makes these functions fail.
void Must(bool done) {
  if (!done) std::abort();
}

/// Makes a context that knows its algorithm, so that no later hash has to look it up.
Context MakeContext() {
  Context context(EVP_MD_CTX_new());
  Must(context && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1);
  return context;
}

EVP_MD_CTX* Native(void* state) { return static_cast<EVP_MD_CTX*>(state); }

}  // namespace

Sha256Hash Sha256(std::initializer_list<ByteView> parts) {
  thread_local const Context context = MakeContext();
  Must(EVP_DigestInit_ex2(context.get(), nullptr, nullptr) == 1);
  for (const ByteView part : parts)
    Must(EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1);
  Sha256Hash hash;
  Must(EVP_DigestFinal_ex(context.get(), hash.data(), nullptr) == 1);
  return hash;
}

Sha256Stream::Sha256Stream() : state_(MakeContext().release()) {}
Sha256Stream::Sha256Stream(const Sha256Stream& other) : state_(EVP_MD_CTX_new()) {
  Must(state_ != nullptr && EVP_MD_CTX_copy_ex(Native(state_), Native(other.state_)) == 1);
}
Sha256Stream::~Sha256Stream() { EVP_MD_CTX_free(Native(state_)); }

void Sha256Stream::Add(ByteView part) {
  Must(EVP_DigestUpdate(Native(state_), part.data(), part.size()) == 1);
}

Sha256Hash Sha256Stream::Finish() {
  Sha256Hash hash;
  Must(EVP_DigestFinal_ex(Native(state_), hash.data(), nullptr) == 1);
  return hash;
}

}  // namespace cityid
