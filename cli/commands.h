// The subcommands of `cityid`: what each takes, and the one function that runs it.
//
// Each returns the exit status: 0 done and valid, 1 the answer is no. An error becomes 2 (bad
// usage) or 3 (could not do it) in main.cpp. Data goes to standard output, words to standard error.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "codec/result.h"

namespace cityid::cli {

/// How a secret key's passphrase is given.
struct PassphraseOptions {
  bool none = false;  ///< --no-passphrase: a new key is not encrypted
  std::string file;   ///< --passphrase-file: its first line; else the terminal is asked
};

struct KeyNewOptions {
  std::string file;
  PassphraseOptions passphrase;
};
Result<int> KeyNew(const KeyNewOptions& options);

struct KeyShowOptions {
  std::string file;
  bool json = false;
};
Result<int> KeyShow(const KeyShowOptions& options);

struct KeySerialOptions {
  std::string file;
  std::optional<std::uint32_t> next;     ///< set the counter
  std::optional<std::uint32_t> reserve;  ///< take so many for another machine
};
Result<int> KeySerial(const KeySerialOptions& options);

struct CodeNewOptions {
  std::string id, key, host, output;
  std::string purpose = "city";
  std::uint16_t days = 0;
  std::string level = "M";
  int scale = 8;
  PassphraseOptions passphrase;
  std::string document_type, document_number, document_date, document_file;
};
Result<int> CodeNew(const CodeNewOptions& options, std::chrono::sys_seconds now);

struct CodeInspectOptions {
  std::string input;
  bool raw = false;
  bool json = false;
};
Result<int> CodeInspect(const CodeInspectOptions& options);

struct ScanOptions {
  std::vector<std::string> files;
  std::string ledger, resolver;
  bool json = false;
};
Result<int> Scan(const ScanOptions& options, std::chrono::sys_seconds now);

struct ServeOptions {
  std::string ledger;
  std::string listen = "127.0.0.1:8080";
  unsigned threads = 0;
};
Result<int> Serve(const ServeOptions& options);

struct LedgerStatusOptions {
  std::string ledger;
  bool json = false;
};
Result<int> LedgerStatus(const LedgerStatusOptions& options, std::chrono::sys_seconds now);

struct DemoOptions {
  std::string dir;
  std::string listen = "127.0.0.1:8080";
  std::string host = "id.example.cn";
  bool once = false;
  std::string program;  ///< argv[0], for the lines to paste
};
Result<int> Demo(const DemoOptions& options);

}  // namespace cityid::cli
