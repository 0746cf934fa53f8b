// A stranger's program against the installed libraries: seal a code, draw it, read it back.
#include <codec/city_code.h>
#include <codec/picture/readers.h>
#include <codec/symbol/draw.h>
#include <codec/symbol/qr.h>
#include <ledger/tlog/merkle.h>
#include <resolver/answer/verdict.h>

/// `argv[1]`: the installed program that reads pictures.
int main(int argc, char** argv) {
  if (argc != 2) return 9;
  const cityid::SecretKey key = cityid::SecretKey::Generate();
  const auto id = cityid::CityId::Parse("MA.156.1301");
  if (!id) return 1;
  const auto code = cityid::SignCode({*id,
                                      cityid::Purpose::kCity,
                                      cityid::HintOf(key.public_key()),
                                      1,
                                      std::chrono::sys_seconds{},
                                      0,
                                      {}},
                                     key);
  if (!code) return 2;
  const auto url = cityid::WriteCodeUrl("id.example.cn", *code);
  if (!url) return 3;
  const auto symbol = cityid::EncodeQr(cityid::CodeUrlSegments(*url), cityid::QrLevel::kMedium);
  if (!symbol) return 4;
  const auto png = cityid::DrawPng(*symbol, 4);
  if (!png) return 5;
  const auto readers = cityid::PictureReaders::Start(argv[1], 1);
  if (!readers) return 6;
  const auto found = (*readers)->TryAcquire()->Read(*png, {"id.example.cn"});
  if (!found || !found->complete() || found->symbols.size() != 1) return 7;
  if (cityid::AsText(found->symbols[0].content) != *url) return 10;
  if (cityid::EmptyRoot() == cityid::RootHash{}) return 8;
  return cityid::Row(cityid::Verdict::kValid).exit_status;
}
