// How a picture is to be turned before it is shown (EXIF, tag 0x0112). Symbols are read in every
// direction, so only places are turned, not pixels.
#pragma once

#include "codec/bytes.h"
#include "codec/picture/picture.h"

namespace cityid {

/// Returns the orientation that a JPEG file, or a block of EXIF, has: 1 to 8, and 1 if it has none.
int OrientationIn(ByteView data);

/// Returns true if what is stored is a mirror image of what is to be shown.
inline bool IsMirrored(int orientation) {
  return orientation == 2 || orientation == 4 || orientation == 5 || orientation == 7;
}

/// Returns true if width and height change places.
inline bool IsOnItsSide(int orientation) { return orientation >= 5; }

/// Returns where a point of the stored picture, of this size, is in the picture as it is shown.
PicturePoint AsShown(PicturePoint point, int width, int height, int orientation);

}  // namespace cityid
