#include "cli/demo/permit.h"

// The file as it is in the source tree, placed into read-only memory by the assembler.
__asm__(
    ".section .rodata\n"
    ".global cityid_permit_begin\n"
    ".global cityid_permit_end\n"
    "cityid_permit_begin:\n"
    ".incbin \"" CITYID_PERMIT_PDF
    "\"\n"
    "cityid_permit_end:\n"
    ".byte 0\n"
    ".previous\n");
extern "C" const std::uint8_t cityid_permit_begin[];
extern "C" const std::uint8_t cityid_permit_end[];

namespace cityid::cli {

ByteView PermitPdf() { return {cityid_permit_begin, cityid_permit_end}; }

}  // namespace cityid::cli
