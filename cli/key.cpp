// cityid key new | show | serial
#include <cstdio>

#include "cli/commands.h"
#include "cli/terminal.h"
#include "codec/key_file.h"

namespace cityid::cli {

Result<int> KeyNew(const KeyNewOptions& options) {
  auto passphrase = NewPassphrase(options.passphrase);
  if (!passphrase) return passphrase.error();
  const SecretKey key = SecretKey::Generate();
  if (const auto created = CreateKeyFile(options.file, key, *passphrase); !created) {
    return created.error();
  }
  std::printf("%s\n", Hex(key.public_key()).c_str());
  std::fprintf(stderr, "wrote %s (%s) and %s.serial; keep both, and a copy of the key\n",
               options.file.c_str(), *passphrase ? "encrypted" : "not encrypted",
               options.file.c_str());
  return 0;
}

Result<int> KeyShow(const KeyShowOptions& options) {
  const auto info = InspectKeyFile(options.file);
  if (!info) return info.error();
  const std::string key = Hex(info->public_key);
  const std::string kid = Hex(HintOf(info->public_key));
  if (options.json) {
    std::printf("{\"key\":\"%s\",\"kid\":\"%s\",\"encrypted\":%s}\n", key.c_str(), kid.c_str(),
                info->encrypted ? "true" : "false");
  } else {
    std::printf("key        %s\nkid        %s\nencrypted  %s\n", key.c_str(), kid.c_str(),
                info->encrypted ? "yes" : "no");
  }
  return 0;
}

Result<int> KeySerial(const KeySerialOptions& options) {
  if (options.next.has_value() == options.reserve.has_value()) {
    return Error{Errc::kUsage, "give either --next or --reserve"};
  }
  if (options.next) {
    if (const auto set = SetNextSerial(options.file, *options.next); !set) return set.error();
    std::printf("%u\n", *options.next);
    return 0;
  }
  const auto first = TakeSerials(options.file, *options.reserve);
  if (!first) return first.error();
  std::printf("%u-%u\n", *first, *first + *options.reserve - 1);
  return 0;
}

}  // namespace cityid::cli
