// Stands before qpdf's headers in fuzz targets: clang can't compile qpdf's class JSON as C++20 with
// libstdc++ 12, and nothing of ours calls it.
#pragma once

#define JSON_HH
class JSON;
