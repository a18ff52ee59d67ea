// The sources of the package include it under this name.
#include "/usr/share/include/llhttp/llhttp.h"
