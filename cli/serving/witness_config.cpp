#include "cli/serving/witness_config.h"

#include "cli/serving/config.h"

namespace cityid::cli {

Result<WitnessConfig> ReadWitnessConfig(const std::string& file) {
  WitnessConfig config;
  const auto read = ReadConfig(file, {{"ledger", &config.ledger},
                                      {"map-size", &config.map_size},
                                      {"listen", &config.listen},
                                      {"key", &config.key},
                                      {"passphrase-file", &config.passphrase.file},
                                      {"log", &config.log},
                                      {"trust", &config.trust},
                                      {"metrics", &config.metrics},
                                      {"signed", &config.journal}});
  if (!read) return read.error();
  for (const auto& [name, value] :
       {std::pair("ledger", &config.ledger), std::pair("key", &config.key),
        std::pair("log", &config.log), std::pair("trust", &config.trust)}) {
    if (value->empty()) return Error{Errc::kUsage, file + " lacks the key " + name};
  }
  return config;
}

}  // namespace cityid::cli
