// Swift has no variables of a thread; C has.

#include <string.h>

#include "flash_attention.h"
#include "flash_attention_errors.h"

static _Thread_local char last_message[1024];

const char *flash_last_error_message(void) { return last_message; }

void flash_set_last_error_message(const char *message, size_t length) {
  if (length >= sizeof last_message) {
    length = sizeof last_message - 1;
    // UTF-8 is cut before a character, not within one.
    while (length > 0 && (message[length] & 0xC0) == 0x80) length--;
  }
  memcpy(last_message, message, length);
  last_message[length] = '\0';
}
