#include "resolver/http/tls.h"

#include <openssl/ssl.h>

namespace cityid {

Result<std::shared_ptr<boost::asio::ssl::context>> MakeTlsContext(const std::string& certificate,
                                                                  const std::string& key) {
  namespace ssl = boost::asio::ssl;
  using boost::system::error_code;
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  ::SSL_CTX* const raw = context->native_handle();
  ::SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  ::SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
                                 SSL_OP_IGNORE_UNEXPECTED_EOF);
  ::SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS);
  // Only ciphers with forward secrecy and authenticated encryption; TLS 1.3 has no others.
  if (::SSL_CTX_set_cipher_list(raw, "ECDHE+AESGCM:ECDHE+CHACHA20") != 1)
    return Error{Errc::kUsage, "this OpenSSL has no cipher that is good enough"};
  // An encrypted key fails instead of asking for a passphrase on a terminal.
  ::SSL_CTX_set_default_passwd_cb(raw, [](char*, int, int, void*) { return 0; });
  error_code error;
  context->use_certificate_chain_file(certificate, error);
  if (error) {
    return Error{Errc::kUsage,
                 certificate + " can't be read as a certificate in PEM: " + error.message()};
  }
  context->use_private_key_file(key, ssl::context::pem, error);
  if (error) {
    return Error{Errc::kUsage,
                 key + " can't be read as the certificate's private key: " + error.message()};
  }
  // Reading the key compares it with the certificate only if both are of the same type.
  if (::SSL_CTX_check_private_key(raw) != 1)
    return Error{Errc::kUsage, key + " is not the private key of " + certificate};
  return context;
}

}  // namespace cityid
