// Codes: signing, verifying and the two carriers, with bare libsodium beside them.
#include <benchmark/benchmark.h>
#include <sodium.h>

#include "tests/bench/sample_ledger.h"

namespace cityid::bench {
namespace {

constexpr std::chrono::sys_seconds kIssued{std::chrono::seconds(1'800'000'000)};

/// What a code of a city signs (docs/city-code.md 3) is so long, and so is libsodium's message.
constexpr std::size_t kSignedBytes = 86;

void SodiumSign(benchmark::State& state) {
  unsigned char public_key[crypto_sign_PUBLICKEYBYTES];
  unsigned char secret_key[crypto_sign_SECRETKEYBYTES];
  crypto_sign_keypair(public_key, secret_key);
  const Bytes message(kSignedBytes, 7);
  unsigned char signature[crypto_sign_BYTES];
  for (auto _ : state) {
    crypto_sign_detached(signature, nullptr, message.data(), message.size(), secret_key);
    benchmark::DoNotOptimize(signature);
  }
}
BENCHMARK(SodiumSign);

void SignCode(benchmark::State& state) {
  const SecretKey key = SampleCodeKey(0);
  const CodeClaims claims = SampleCode(0, 1, kIssued).claims;
  for (auto _ : state) benchmark::DoNotOptimize(SignCode(claims, key));
}
BENCHMARK(SignCode);

void SodiumVerify(benchmark::State& state) {
  unsigned char public_key[crypto_sign_PUBLICKEYBYTES];
  unsigned char secret_key[crypto_sign_SECRETKEYBYTES];
  crypto_sign_keypair(public_key, secret_key);
  const Bytes message(kSignedBytes, 7);
  unsigned char signature[crypto_sign_BYTES];
  crypto_sign_detached(signature, nullptr, message.data(), message.size(), secret_key);
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        crypto_sign_verify_detached(signature, message.data(), message.size(), public_key));
  }
}
BENCHMARK(SodiumVerify);

void VerifyCode(benchmark::State& state) {
  const PublicKey key = SampleCodeKey(0).public_key();
  const ClaimedCode code = SampleCode(0, 1, kIssued);
  for (auto _ : state) benchmark::DoNotOptimize(VerifyCode(code, key));
}
BENCHMARK(VerifyCode);

void WriteTokenOfCode(benchmark::State& state) {
  const ClaimedCode code = SampleCode(0, 1, kIssued);
  for (auto _ : state) benchmark::DoNotOptimize(WriteToken(code));
}
BENCHMARK(WriteTokenOfCode);

void ParseTokenOfCode(benchmark::State& state) {
  const ClaimedCode code = SampleCode(0, 1, kIssued);
  const std::string token = WriteToken(code);
  for (auto _ : state) benchmark::DoNotOptimize(ParseToken(code.claims.subject, token));
}
BENCHMARK(ParseTokenOfCode);

void ParseCoseOfCode(benchmark::State& state) {
  const Bytes cose = WriteCose(SampleCode(0, 1, kIssued));
  for (auto _ : state) benchmark::DoNotOptimize(ParseCose(cose));
}
BENCHMARK(ParseCoseOfCode);

}  // namespace
}  // namespace cityid::bench
