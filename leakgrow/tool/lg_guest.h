/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_guest: the guest's registers as hooks need them, on the platforms that have hooks. For lg_hook and lg_return only. */
#ifndef LG_GUEST_H
#define LG_GUEST_H

#include "lg_compat.h"

#include "pub_tool_machine.h"
#include "pub_tool_tooliface.h"

#include "libvex_guest_amd64.h"
#include "libvex_guest_x86.h"

#if defined(VGA_amd64)
#  define LG_HAVE_HOOKS 1
typedef VexGuestAMD64State Guest;
#  define GUEST_IP          guest_RIP
#  define GUEST_SP          guest_RSP
#  define GUEST_RESULT      guest_RAX
#  define GUEST_RESULT_HIGH guest_RDX
#  define GUEST_FIRST       guest_RAX
#  define GUEST_LAST        guest_R15
#  define GUEST_WORD        Ity_I64
#  define GUEST_CMP_NE      Iop_CmpNE64
#  define GUEST_CONST(a)    IRConst_U64(a)
#elif defined(VGA_x86)
#  define LG_HAVE_HOOKS     1
typedef VexGuestX86State Guest;
#  define GUEST_IP          guest_EIP
#  define GUEST_SP          guest_ESP
#  define GUEST_RESULT      guest_EAX
#  define GUEST_RESULT_HIGH guest_EDX
#  define GUEST_FIRST       guest_EAX
#  define GUEST_LAST        guest_EDI
#  define GUEST_WORD        Ity_I32
#  define GUEST_CMP_NE      Iop_CmpNE32
#  define GUEST_CONST(a)    IRConst_U32(a)
#else
#  define LG_HAVE_HOOKS 0
#endif

#define GUEST_OFFSET(reg) ((Int)offsetof(Guest, reg))

#endif
