// fontconfig and Pango keep what they read about fonts to the end, and LeakSanitizer can't see all
// of their pointers. What each drawing loses would show as growth:
// tests/process/captions_faults_test.py.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libfontconfig\nleak:libpango\n";
}
