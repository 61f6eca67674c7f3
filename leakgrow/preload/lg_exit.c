/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lg_preload.h"

/* Tells the tool that teardown begins. Returning from main and the end of the last thread call exit inside of the C library;
 * the redirection is by address, so it catches those calls too. _exit, quick_exit and abort run no destructors or atexit
 * handlers of ours and need no notice. exit may be called again by a handler: the request is idempotent. */
void I_WRAP_SONAME_FNNAME_ZU(libcZdsoZa, exit)(int status);
void I_WRAP_SONAME_FNNAME_ZU(libcZdsoZa, exit)(int status)
{
   OrigFn original;

   VALGRIND_GET_ORIG_FN(original);
   VALGRIND_DO_CLIENT_REQUEST_STMT(LEAKGROW_REQ_INTERNAL_EXITING, 0, 0, 0, 0, 0);
   CALL_FN_v_W(original, status);
}

/* The tool checks this name: nothing else would notice a preload object that was built for another Valgrind, whose table of
 * allocation functions has another layout. */
#define LG_PAIR_NAME__(major, minor) lg_preload_for_##major##_##minor
#define LG_PAIR_NAME_(major, minor)  LG_PAIR_NAME__(major, minor)
#define LG_PAIR_NAME                 LG_PAIR_NAME_(__VALGRIND_MAJOR__, __VALGRIND_MINOR__)
void LG_PAIR_NAME(void);
void LG_PAIR_NAME(void) {}
