#ifndef FLASH_ATTENTION_ERRORS_H
#define FLASH_ATTENTION_ERRORS_H

#include <stddef.h>

/// Makes `length` bytes of `message` what `flash_last_error_message` returns on this thread, cut to
/// what its memory holds. Not part of the interface, and not exported.
__attribute__((visibility("hidden")))
void flash_set_last_error_message(const char *message, size_t length);

#endif
