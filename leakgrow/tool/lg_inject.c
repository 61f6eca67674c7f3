/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_inject: see lg_inject.h. A small loader for one well-known shared object: no dependencies, no thread-local data, no
 * constructors that matter, and relocations of four kinds. */
#include "lg_inject.h"

#include "pub_tool_aspacemgr.h"
#include "pub_tool_basics.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_libcfile.h"
#include "pub_tool_libcprint.h"
#include "pub_tool_libcproc.h"
#include "pub_tool_vki.h"

/* Of Valgrind's core; the same from 3.16 to 3.28. */
extern Addr VG_(am_get_advisory_client_simple)(Addr start, SizeT len, Bool *ok);
extern SysRes VG_(am_mmap_file_fixed_client)(Addr start, SizeT length, UInt prot, Int fd, Off64T offset);
extern SysRes VG_(am_mmap_anon_fixed_client)(Addr start, SizeT length, UInt prot);
extern ULong VG_(di_notify_mmap)(Addr a, Bool allow_SkFileV, Int use_fd);

#if defined(VGP_amd64_linux)
#  define PLATFORM "amd64-linux"
enum { R_WORD = 1, R_GLOB_DAT = 6, R_JUMP_SLOT = 7, R_RELATIVE = 8, DT_RELOCS = 7, DT_RELOCS_SIZE = 8 };
#elif defined(VGP_x86_linux)
#  define PLATFORM "x86-linux"
enum { R_WORD = 1, R_GLOB_DAT = 6, R_JUMP_SLOT = 7, R_RELATIVE = 8, DT_RELOCS = 17, DT_RELOCS_SIZE = 18 };
#endif

#if defined(PLATFORM)

/* ---- ELF, as far as it is needed ---- */

typedef struct {
   UChar ident[16];
   UShort type, machine;
   UInt version;
   UWord entry, phoff, shoff;
   UInt flags;
   UShort ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
} Header;

#  if VG_WORDSIZE == 8
typedef struct {
   UInt type, flags;
   UWord offset, vaddr, paddr, filesz, memsz, align;
} Segment;
typedef struct {
   UWord offset, info;
   Word addend;
} Reloc;
typedef struct {
   UInt name;
   UChar info, other;
   UShort shndx;
   UWord value, size;
} Symbol;
#    define RELOC_TYPE(r)   ((UInt)(r)->info)
#    define RELOC_SYMBOL(r) ((UInt)((r)->info >> 32))
#    define RELOC_ADDEND(r) ((r)->addend)
#  else
typedef struct {
   UInt type;
   UWord offset, vaddr, paddr, filesz, memsz;
   UInt flags;
   UWord align;
} Segment;
typedef struct {
   UWord offset, info;
} Reloc;
typedef struct {
   UInt name;
   UWord value, size;
   UChar info, other;
   UShort shndx;
} Symbol;
#    define RELOC_TYPE(r)   ((r)->info & 0xff)
#    define RELOC_SYMBOL(r) ((r)->info >> 8)
#    define RELOC_ADDEND(r) 0 /* it is where the result goes */
#  endif

enum { PT_LOAD = 1, PT_DYNAMIC = 2, PF_X = 1, PF_W = 2, PF_R = 4, ET_DYN = 3, SEGMENTS_MAX = 16 };
enum { DT_NULL = 0, DT_PLT_SIZE = 2, DT_STRTAB = 5, DT_SYMTAB = 6, DT_PLT = 23 };

typedef struct {
   UInt n_segments;
   Segment segments[SEGMENTS_MAX];
   UWord span; /* of memory, from the first byte at address 0 */
   Addr base;
   UWord dynamic[DT_PLT + 1]; /* by tag */
} Object;

/* ---- reading ---- */

static Bool read_at(Int fd, UWord offset, void *to, Int n)
{
   return VG_(lseek)(fd, (Off64T)offset, VKI_SEEK_SET) == (Off64T)offset && VG_(read)(fd, to, n) == n;
}

static Bool read_headers(Int fd, Object *o)
{
   Header h;
   if (!read_at(fd, 0, &h, sizeof h) || VG_(memcmp)(h.ident, "\177ELF", 4) != 0 || h.type != ET_DYN ||
       h.phentsize != sizeof(Segment) || h.phnum > SEGMENTS_MAX)
      return False;
   o->n_segments = h.phnum;
   if (!read_at(fd, h.phoff, o->segments, (Int)(h.phnum * sizeof(Segment))))
      return False;
   for (UInt i = 0; i < o->n_segments; i++) {
      const Segment *s = &o->segments[i];
      if (s->type == PT_LOAD && s->vaddr + s->memsz > o->span)
         o->span = s->vaddr + s->memsz;
   }
   return o->span > 0 && o->span < (1 << 24);
}

/* ---- mapping ---- */

static UInt protection(const Segment *s)
{
   return (s->flags & PF_R ? VKI_PROT_READ : 0) | (s->flags & PF_W ? VKI_PROT_WRITE : 0) |
          (s->flags & PF_X ? VKI_PROT_EXEC : 0);
}

/* Maps one segment; what lies between its file content and its end in memory is zero. */
static Bool map_segment(Int fd, const Object *o, const Segment *s)
{
   Addr from = VG_PGROUNDDN(o->base + s->vaddr), file_end = o->base + s->vaddr + s->filesz;
   Addr mapped_end = VG_PGROUNDUP(file_end), end = VG_PGROUNDUP(o->base + s->vaddr + s->memsz);
   if (sr_isError(VG_(am_mmap_file_fixed_client)(from, mapped_end - from, protection(s), fd, VG_PGROUNDDN(s->offset))))
      return False;
   if (s->flags & PF_W)
      VG_(memset)((void *)file_end, 0, mapped_end - file_end);
   return end == mapped_end || !sr_isError(VG_(am_mmap_anon_fixed_client)(mapped_end, end - mapped_end, protection(s)));
}

static Bool map_object(Int fd, Object *o)
{
   Bool ok = False;
   o->base = VG_(am_get_advisory_client_simple)(0, VG_PGROUNDUP(o->span), &ok);
   for (UInt i = 0; i < o->n_segments && ok; i++)
      if (o->segments[i].type == PT_LOAD)
         ok = map_segment(fd, o, &o->segments[i]);
   return ok;
}

/* ---- relocation ---- */

static void read_dynamic(Object *o)
{
   for (UInt i = 0; i < o->n_segments; i++) {
      if (o->segments[i].type != PT_DYNAMIC)
         continue;
      const UWord *d = (const UWord *)(o->base + o->segments[i].vaddr);
      for (UWord n = o->segments[i].memsz / (2 * sizeof *d); n > 0 && d[0] != DT_NULL; n--, d += 2)
         if (d[0] <= DT_PLT)
            o->dynamic[d[0]] = d[1];
   }
}

/* The value of a symbol: its place in the object, else what resolve() finds; 0 for weak ones that are nowhere. */
static Addr symbol_value(const Object *o, UInt index, Addr (*resolve)(const HChar *))
{
   const Symbol *s = (const Symbol *)(o->base + o->dynamic[DT_SYMTAB]) + index;
   if (s->shndx != 0)
      return o->base + s->value;
   return resolve((const HChar *)(o->base + o->dynamic[DT_STRTAB]) + s->name);
}

static void relocate(const Object *o, UWord table, UWord size, Addr (*resolve)(const HChar *))
{
   const Reloc *r = (const Reloc *)(o->base + table);
   for (UWord n = size / sizeof *r; n > 0; n--, r++) {
      Addr *where = (Addr *)(o->base + r->offset);
      if (r->offset + sizeof(Addr) > o->span)
         continue;
      switch (RELOC_TYPE(r)) {
      case R_RELATIVE:
         *where = o->base + (VG_WORDSIZE == 8 ? (Addr)RELOC_ADDEND(r) : *where);
         break;
      case R_WORD:
         *where = symbol_value(o, RELOC_SYMBOL(r), resolve) + (VG_WORDSIZE == 8 ? (Addr)RELOC_ADDEND(r) : *where);
         break;
      case R_GLOB_DAT:
      case R_JUMP_SLOT:
         *where = symbol_value(o, RELOC_SYMBOL(r), resolve);
         break;
      default:
         break;
      }
   }
}

Bool LG_(inject_preload)(Addr (*resolve)(const HChar *name))
{
   Object o;
   HChar path[VG_(strlen)(VG_(libdir)) + sizeof "/vgpreload_leakgrow-" PLATFORM ".so"];
   VG_(sprintf)(path, "%s/vgpreload_leakgrow-" PLATFORM ".so", VG_(libdir));
   VG_(memset)(&o, 0, sizeof o);
   SysRes file = VG_(open)(path, VKI_O_RDONLY, 0);
   if (sr_isError(file))
      return False;
   Int fd = (Int)sr_Res(file);
   Bool ok = read_headers(fd, &o) && map_object(fd, &o);
   VG_(close)(fd);
   if (!ok)
      return False;
   for (UInt i = 0; i < o.n_segments; i++)
      if (o.segments[i].type == PT_LOAD)
         VG_(di_notify_mmap)(VG_PGROUNDDN(o.base + o.segments[i].vaddr), /*allow_SkFileV*/ False, /*use_fd*/ -1);
   read_dynamic(&o);
   relocate(&o, o.dynamic[DT_RELOCS], o.dynamic[DT_RELOCS_SIZE], resolve);
   relocate(&o, o.dynamic[DT_PLT], o.dynamic[DT_PLT_SIZE], resolve);
   return True;
}

#else

Bool LG_(inject_preload)(Addr (*resolve)(const HChar *name))
{
   (void)resolve;
   return False;
}

#endif
