// `link` in the module map names the library; pkg-config tells where it and this header lie.
#include <cblas.h>
