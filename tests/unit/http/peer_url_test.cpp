#include "resolver/http/peer_url.h"

#include <gtest/gtest.h>

namespace cityid {
namespace {

TEST(PeerUrl, HasTheDefaultPortOfItsScheme) {
  const PeerUrl tls = *PeerUrl::Parse("https://id.example.cn");
  EXPECT_TRUE(tls.tls());
  EXPECT_EQ(tls.host(), "id.example.cn");
  EXPECT_EQ(tls.port(), "443");
  EXPECT_EQ(tls.path(), "");
  const PeerUrl plain = *PeerUrl::Parse("http://[::1]:8080");
  EXPECT_FALSE(plain.tls());
  EXPECT_EQ(plain.host(), "::1");
  EXPECT_EQ(plain.port(), "8080");
  EXPECT_EQ(plain.authority(), "[::1]:8080");
  EXPECT_EQ(PeerUrl::Parse("http://[::1]")->port(), "80");
}

TEST(PeerUrl, KeepsItsPathWithoutSlashesAtTheEnd) {
  for (const char* text : {"https://a.example/w/1", "https://a.example/w/1/"}) {
    const auto url = PeerUrl::Parse(text);
    ASSERT_TRUE(url) << url.error().detail;
    EXPECT_EQ(url->path(), "/w/1");
    EXPECT_EQ(url->authority(), "a.example");
    EXPECT_EQ(url->text(), "https://a.example/w/1");
  }
  EXPECT_EQ(PeerUrl::Parse("http://a.example/")->text(), "http://a.example");
  EXPECT_EQ(PeerUrl::Parse("http://a.example:81//")->text(), "http://a.example:81");
  EXPECT_EQ(PeerUrl::Parse("http://a.example/%e5%9f%8e")->path(), "/%e5%9f%8e");
}

TEST(PeerUrl, HasAddressesBelowIt) {
  EXPECT_EQ((*PeerUrl::Parse("https://a.example/") / "ledger").text(), "https://a.example/ledger");
  EXPECT_EQ(*PeerUrl::Parse("https://a.example/w") / "ledger",
            *PeerUrl::Parse("https://a.example/w/ledger"));
}

TEST(PeerUrl, RefusesWhatIsNoPrefixOfUrlsAndSaysWhy) {
  const struct {
    const char *text, *why;
  } cases[] = {{"", "begin with"},
               {"id.example.cn", "begin with"},
               {"ftp://id.example.cn", "begin with"},
               {"HTTPS://id.example.cn", "begin with"},
               {" https://id.example.cn", "begin with"},
               {"https://", "host"},
               {"https:///w", "host"},
               {"https://:443", "host"},
               {"https://[]", "host"},
               {"https://[::1", "host"},
               {"https://[::1]x", "host"},
               {"https://a b.example", "host"},
               {"https://\u57CE.example", "host"},
               {"https://a.example\r\nHost: b", "port"},
               {"https://me:secret@a.example", "user name"},
               {"https://a.example:", "port"},
               {"https://a.example:0", "port"},
               {"https://a.example:65536", "port"},
               {"https://a.example:08080", "port"},
               {"https://a.example?x=1", "query"},
               {"https://a.example/w#x", "query"},
               {"https://a.example/a b", "path"},
               {"https://a.example/a\nb", "path"},
               {"https://a.example/%5", "path"},
               {"https://a.example/%zz", "path"},
               {"https://a.example/\u57CE", "path"},
               {"https://a.example/a/../b", "path"},
               {"https://a.example/./b", "path"}};
  for (const auto& [text, why] : cases) {
    const auto url = PeerUrl::Parse(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().code, Errc::kUsage) << text;
    EXPECT_NE(url.error().detail.find(why), std::string::npos)
        << text << ": " << url.error().detail;
  }
  EXPECT_FALSE(PeerUrl::Parse("https://a.example/" + std::string(3000, 'a')));
}

}  // namespace
}  // namespace cityid
