// cityid key new | show | serial
#include <cstdio>

#include "cli/commands.h"
#include "cli/console/streams.h"
#include "cli/console/terminal.h"
#include "codec/files/key_file.h"
#include "ledger/tlog/note.h"
#include "resolver/answer/json_text.h"

namespace cityid::cli {
namespace {

struct KeyNew {
  std::string file;
  PassphraseOptions passphrase;

  void Declare(Command& command) {
    command.Argument("FILE", &file, "Where to write it; must not exist");
    command.Option("--no-passphrase", &passphrase.none, "Do not encrypt it");
    command.Option("--passphrase-file", &passphrase.file,
                   "Take the passphrase from this file's first line");
  }

  Result<int> Run() const {
    if (Exists(file)) return Error{Errc::kRefused, file + " exists already"};
    auto secret = NewPassphrase(passphrase);
    if (!secret) return secret.error();
    const SecretKey key = SecretKey::Generate();
    if (const auto created = CreateKeyFile(file, key, *secret); !created) return created.error();
    std::printf("%s\n", Hex(key.public_key()).c_str());
    Say("wrote " + file + (*secret ? " (encrypted)" : " (not encrypted)") + " and " + file +
        ".serial; keep both, and a copy of the key");
    return 0;
  }
};

struct KeyShow {
  std::string file, log, witness;
  bool json = false;

  void Declare(Command& command) {
    command.Argument("FILE", &file, "A key file");
    command.Option("--json", &json, "For programs");
    command.Option("--as-log", &log, "Print its line in a trust file, as the log of this origin");
    command.Option("--as-witness", &witness, "The same, as the witness of this name");
    command.Exclude("--as-log", "--as-witness");
  }

  /// Prints the line of a trust file that names this key.
  Result<int> ShowLine(const PublicKey& key) const {
    const NoteKey named = log.empty() ? NoteKey{witness, NoteKeyType::kCosignature, key}
                                      : NoteKey{log, NoteKeyType::kEd25519, key};
    if (named.name.empty() || named.name.find_first_of(" +\t\n") != std::string::npos)
      return Usage("'" + named.name + "' is no name of a log or witness");
    std::printf("%s%s\n", log.empty() ? ("witness " + witness + " ").c_str() : "log ",
                named.vkey().c_str());
    return 0;
  }

  Result<int> Run() const {
    const auto info = InspectKeyFile(file);
    if (!info) return info.error();
    if (!log.empty() || !witness.empty()) return ShowLine(info->public_key);
    const std::string key = Hex(info->public_key);
    const std::string kid = Hex(HintOf(info->public_key));
    if (json) {
      std::string line;
      JsonText text(line);
      text.BeginObject().Member("key", key).Member("kid", kid);
      text.Name("encrypted").Bool(info->encrypted).EndObject();
      std::printf("%s\n", line.c_str());
    } else {
      std::printf("key        %s\nkid        %s\nencrypted  %s\n", key.c_str(), kid.c_str(),
                  info->encrypted ? "yes" : "no");
    }
    return 0;
  }
};

struct KeySerial {
  std::string file;
  std::optional<std::uint32_t> next, reserve;

  void Declare(Command& command) {
    command.Argument("FILE", &file, "A key file");
    command.Option("--next", &next, "The next serial; never back");
    command.Option("--reserve", &reserve,
                   "Take so many serials for another machine and print them");
  }

  Result<int> Run() const {
    if (next.has_value() == reserve.has_value()) return Usage("give either --next or --reserve");
    if (next) {
      if (const auto set = SetNextSerial(file, *next); !set) return set.error();
      std::printf("%u\n", *next);
      return 0;
    }
    const auto first = TakeSerials(file, *reserve);
    if (!first) return first.error();
    std::printf("%u-%u\n", *first, *first + *reserve - 1);
    return 0;
  }
};

}  // namespace

void AddKey(Command& top) {
  Command key = top.Group("key", "Make and look at signing keys");
  key.Add("new", "Make a key: FILE, and FILE.serial beside it", KeyNew());
  key.Add("show", "Print the public part of a key", KeyShow());
  key.Add("serial", "Set or reserve the serial numbers of a key", KeySerial());
}

}  // namespace cityid::cli
