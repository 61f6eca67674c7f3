/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_out: see lg_out.h. */
#include "lg_out.h"

#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_libcfile.h"
#include "pub_tool_libcprint.h"
#include "pub_tool_libcproc.h"
#include "pub_tool_mallocfree.h"
#include "pub_tool_vki.h"

/* In the core, not in the tool headers: keeps our descriptor out of the client's range and out of its children. */
extern Int VG_(safe_fd)(Int oldfd);
extern Int VG_(fcntl)(Int fd, Int cmd, Addr arg);

/* Not among the headers' names; and no error of the kernel's: the file is not what was written. */
enum { EDQUOT_LINUX = 122, RLIMIT_FSIZE_LINUX = 1, WAS_CUT = 10000 };

enum { BUFFER_B = 4 * (LG_LINE_MAX + 1), COMMIT_LINE_MAX = 40 };

static const HChar *reason(UWord err)
{
   switch (err) {
   case VKI_ENOSPC:
      return "no space left on device";
   case VKI_EACCES:
      return "permission denied";
   case VKI_ENOENT:
      return "no such file or directory";
   case VKI_EROFS:
      return "read-only file system";
   case VKI_EISDIR:
      return "is a directory";
   case VKI_ENOTDIR:
      return "not a directory";
   case VKI_EFBIG:
      return "file too large";
   case EDQUOT_LINUX:
      return "disk quota exceeded";
   case VKI_EIO:
      return "input/output error";
   case WAS_CUT:
      return "somebody has cut it off";
   default:
      return NULL;
   }
}

static void tell(const HChar *name, const HChar *what, UWord err)
{
   const HChar *why = reason(err);
   if (why)
      VG_(umsg)("error: can not %s the profile '%s': %s.\n", what, name, why);
   else
      VG_(umsg)("error: can not %s the profile '%s': error %lu.\n", what, name, err);
}

/* Is what was written there, under a name? 0, or the reason why not. */
static UWord lost(Int fd, ULong bytes)
{
   struct vg_stat info;
   if (VG_(fstat)(fd, &info) != 0 || info.nlink == 0)
      return VKI_ENOENT;
   return (info.mode & VKI_S_IFMT) == VKI_S_IFREG && (ULong)info.size < bytes ? WAS_CUT : 0;
}

Bool LG_(out_open)(LgOut *o, const HChar *name, Bool is_quiet)
{
   SysRes r =
      VG_(open)(name, VKI_O_CREAT | VKI_O_TRUNC | VKI_O_WRONLY, VKI_S_IRUSR | VKI_S_IWUSR | VKI_S_IRGRP | VKI_S_IROTH);
   if (sr_isError(r)) {
      if (!is_quiet)
         tell(name, "create", sr_Err(r));
      return False;
   }
   o->fd = VG_(safe_fd)((Int)sr_Res(r));
   VG_(fcntl)(o->fd, VKI_F_SETFD, VKI_FD_CLOEXEC);
   o->name = VG_(strdup)("lg.out.open.1", name);
   lg_buf_init(&o->buf, VG_(malloc)("lg.out.open.2", BUFFER_B), BUFFER_B);
   o->crc = 0;
   o->seq = 0;
   o->bytes = 0;
   o->is_failed = False;
   o->is_quiet = is_quiet;
   o->is_watched = lost(o->fd, 0) == 0;
   return True;
}

void LG_(out_close)(LgOut *o)
{
   if (o->fd < 0)
      return;
   VG_(close)(o->fd);
   VG_(free)(o->name);
   VG_(free)(o->buf.data);
   o->fd = -1;
}

static void fail(LgOut *o, UWord err)
{
   o->is_failed = True;
   if (!o->is_quiet)
      tell(o->name, "write to", err);
}

/* The client's limit for the size of files is also ours, and the kernel would end the client by SIGXFSZ for what we write beyond. */
static Bool is_beyond_limit(const LgOut *o)
{
   struct vki_rlimit limit;
   return VG_(getrlimit)(RLIMIT_FSIZE_LINUX, &limit) == 0 && limit.rlim_cur != ~(__typeof__(limit.rlim_cur))0 &&
          o->bytes + o->buf.used > limit.rlim_cur;
}

static void flush(LgOut *o)
{
   SizeT done = 0;
   if (!o->is_failed && is_beyond_limit(o))
      fail(o, VKI_EFBIG);
   while (done < o->buf.used && !o->is_failed) {
      Int n = VG_(write)(o->fd, o->buf.data + done, (Int)(o->buf.used - done));
      if (n == -VKI_EINTR)
         continue;
      if (n <= 0) {
         fail(o, n < 0 ? (UWord)-n : VKI_ENOSPC);
         break;
      }
      done += n;
   }
   o->bytes += done;
   o->buf.used = o->buf.line = 0;
}

/* Lets the gathered lines go, and counts them in the transaction's checksum. */
static void flush_lines(LgOut *o)
{
   o->crc = lg_crc32(o->crc, o->buf.data, o->buf.used);
   flush(o);
}

lg_buf *LG_(out_line)(LgOut *o)
{
   if (o->buf.size - o->buf.used <= LG_LINE_MAX + COMMIT_LINE_MAX)
      flush_lines(o);
   return &o->buf;
}

void LG_(out_check)(LgOut *o)
{
   UWord why = o->fd >= 0 && !o->is_failed && o->is_watched ? lost(o->fd, o->bytes) : 0;
   if (why)
      fail(o, why);
}

void LG_(out_begin)(LgOut *o, ULong time)
{
   if (o->seq == 0)
      return;
   LG_(out_check)(o);
   lg_buf *b = LG_(out_line)(o);
   lg_line_begin(b, 'b');
   lg_put_u64(b, o->seq);
   lg_put_u64(b, time);
   lg_line_end(b);
}

Bool LG_(out_commit)(LgOut *o)
{
   lg_buf *b = &o->buf;
   UInt crc = lg_crc32(o->crc, b->data, b->used);
   lg_line_begin(b, 'c');
   lg_put_u64(b, o->seq);
   lg_put_crc(b, crc);
   lg_line_end(b);
   flush(o);
   o->crc = 0;
   o->seq++;
   return !o->is_failed;
}
