// What a test opens is opened once more through the C interface, with the same outcome: so
// everything that tests throw at proofs and packs is thrown at that, too.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "codec/shown_text.h"
#include "ledger/proof/proof.h"
#include "sdk/cityid.h"

namespace cityid::testing {

/// Expects of `cityid_open` and `cityid_open_pack` what `ProvenState` said, and that nothing is
/// answered from what can't be opened.
inline void ExpectSameThroughC(const Result<ProvenState>& expected, ByteView document,
                               const Trust& trust, std::chrono::sys_seconds now,
                               const std::optional<KeptHead>& kept, bool stored_pack) {
  const std::string text = trust.text();
  const std::string head = kept ? kept->text() : std::string();
  const auto seconds = now.time_since_epoch().count();
  const auto open = stored_pack ? cityid_open_pack : cityid_open;
  cityid_proof* proof = open(text.data(), text.size(), document.data(), document.size(),
                             head.data(), head.size(), seconds);
  const cityid_result* opened = cityid_opened(proof);
  if (expected) {
    // A pack that somebody hands in as a proof is one for `cityid_open_pack`.
    const bool refused = expected->is_pack() && !stored_pack;
    EXPECT_EQ(cityid_status(opened), refused ? CITYID_ERROR_REFUSED : CITYID_OK)
        << cityid_detail(opened);
    if (!refused) {
      EXPECT_EQ(cityid_text(opened, nullptr), KeptHead::After(kept, *expected).text());
    }
  } else {
    EXPECT_NE(cityid_status(opened), CITYID_OK);
    EXPECT_EQ(cityid_detail(opened), Printable(expected.error().detail));
    const std::string_view id = "MA.156.1301";
    cityid_result* answer = cityid_look_up(proof, id.data(), id.size(), seconds);
    EXPECT_EQ(cityid_status(answer), cityid_status(opened));
    EXPECT_EQ(cityid_verdict(answer), CITYID_VERDICT_NONE);
    cityid_free(answer);
  }
  cityid_close(proof);
}

}  // namespace cityid::testing
