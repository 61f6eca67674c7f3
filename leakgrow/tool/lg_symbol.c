/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_symbol: see lg_symbol.h.
 *
 * Valgrind hands out inlined calls only as text (VG_(describe_IP)): "0x1234: name (file.c:12)" or "0x1234: name (in object)".
 * Where nothing was inlined the exact interfaces are used and nothing is parsed. */
#include "lg_symbol.h"

#include "lg_fnclass.h"
#include "lg_ip.h"
#include "lg_pile.h"
#include "lg_slots.h"

#include "pub_tool_debuginfo.h"
#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_mallocfree.h"
#include "pub_tool_xarray.h"

/* The core's option --fullpath-after: const HChar*. */
extern XArray *VG_(clo_fullpath_after);

/* The frames of one address. */
typedef struct {
   UInt n;    /* 0: not looked up yet */
   UInt twin; /* symbol_twin() */
   UInt last; /* the last one that has this one for a twin */
   union {
      UInt one;   /* n == 1 */
      UInt *many; /* [n], owned */
   } frames;
} IpNames;

enum { FIRST_SLOTS = 1024 };

static struct {
   LgNames fns, objects, files;
   UChar *fn_class; /* [fns.n], by id - 1 */
   UInt fn_class_size;
   LgFrame *frames; /* by id - 1 */
   UInt n_frames, frames_size;
   UInt *frame_slots; /* open addressing; ids, 0 is free */
   UInt n_frame_slots;
   LgPile ips;      /* IpNames, by number of the address */
   LgSlots twins;   /* of addresses that are their own twins, by their frames */
   ULong inlined_B; /* of IpNames.frames.many */
} st;

void LG_(symbol_init)(void)
{
   LG_(names_init)(&st.fns);
   LG_(names_init)(&st.objects);
   LG_(names_init)(&st.files);
   st.n_frame_slots = FIRST_SLOTS;
   st.frame_slots = VG_(calloc)("lg.symbol.init.1", FIRST_SLOTS, sizeof(UInt));
   LG_(pile_init)(&st.ips, sizeof(IpNames));
   LG_(slots_init)(&st.twins, FIRST_SLOTS);
}

static UInt frame_hash(const LgFrame *f)
{
   UInt h = f->fn * 2654435761u ^ f->line * 2246822519u ^ f->file * 3266489917u ^ f->object * 668265263u ^ f->inlined;
   return h ^ (h >> 15);
}

static Bool frame_equal(const LgFrame *a, const LgFrame *b)
{
   return a->fn == b->fn && a->object == b->object && a->file == b->file && a->line == b->line &&
          a->inlined == b->inlined;
}

static UInt *frame_slot(UInt *slots, UInt n_slots, const LgFrame *f)
{
   UInt i = frame_hash(f) & (n_slots - 1);
   while (slots[i] && !frame_equal(&st.frames[slots[i] - 1], f))
      i = (i + 1) & (n_slots - 1);
   return &slots[i];
}

static void grow_frame_slots(void)
{
   UInt n_slots = st.n_frame_slots * 2;
   UInt *slots = VG_(calloc)("lg.symbol.slots.1", n_slots, sizeof *slots);
   for (UInt id = 1; id <= st.n_frames; id++)
      *frame_slot(slots, n_slots, &st.frames[id - 1]) = id;
   VG_(free)(st.frame_slots);
   st.frame_slots = slots;
   st.n_frame_slots = n_slots;
}

static UInt intern_frame(const LgFrame *f)
{
   UInt *slot = frame_slot(st.frame_slots, st.n_frame_slots, f);
   if (*slot)
      return *slot;
   if (st.n_frames == st.frames_size) {
      st.frames_size = st.frames_size ? st.frames_size * 2 : FIRST_SLOTS;
      st.frames = VG_(realloc)("lg.symbol.frames.1", st.frames, st.frames_size * sizeof *st.frames);
   }
   st.frames[st.n_frames++] = *f;
   UInt id = *slot = st.n_frames;
   if (st.n_frames * 2 > st.n_frame_slots)
      grow_frame_slots();
   return id;
}

/* Length of a Rust name without the hash that its legacy mangling ends with ("::h" and 16 hexadecimal digits): it changes with
 * every build and says nothing. */
static SizeT length_without_hash(const HChar *name, SizeT n)
{
   enum { HASH = 19 };
   if (n <= HASH || VG_(strncmp)(name + n - HASH, "::h", 3) != 0)
      return n;
   for (SizeT i = n - HASH + 3; i < n; i++)
      if (!((name[i] >= '0' && name[i] <= '9') || (name[i] >= 'a' && name[i] <= 'f')))
         return n;
   return n - HASH;
}

static UInt intern_fn(const HChar *name, SizeT n)
{
   HChar *copy = VG_(malloc)("lg.symbol.fn.1", n + 1);
   n = length_without_hash(name, n);
   VG_(memcpy)(copy, name, n);
   copy[n] = 0;
   UInt id = LG_(names_intern)(&st.fns, copy);
   if (id > st.fn_class_size) {
      st.fn_class_size = st.fn_class_size ? st.fn_class_size * 2 : FIRST_SLOTS;
      st.fn_class = VG_(realloc)("lg.symbol.fn.2", st.fn_class, st.fn_class_size);
   }
   st.fn_class[id - 1] = LG_(fnclass_of)(copy);
   VG_(free)(copy);
   return id;
}

/* The physical function at an address. */
static UInt fn_at(DiEpoch ep, Addr ip)
{
   const HChar *name;
   if (!VG_(get_fnname)(ep, ip, &name))
      name = "???";
   return intern_fn(name, VG_(strlen)(name));
}

static UInt object_at(DiEpoch ep, Addr ip)
{
   const HChar *name;
   return VG_(get_objname)(ep, ip, &name) ? LG_(names_intern)(&st.objects, name) : 0;
}

static UInt plain_frame(DiEpoch ep, Addr ip)
{
   LgFrame f = {0, 0, 0, 0, False, False};
   const HChar *file, *dir;
   f.fn = fn_at(ep, ip);
   f.object = object_at(ep, ip);
   if (VG_(get_filename_linenum)(ep, ip, &file, &dir, &f.line))
      f.file = LG_(names_intern)(&st.files, file);
   return intern_frame(&f);
}

/* Takes "(file.c:12)" at the end of a description. Sets file and line; leaves both 0 for "(in object)". */
static void parse_place(HChar *place, LgFrame *f)
{
   SizeT n = VG_(strlen)(place);
   if (n < 3 || place[n - 1] != ')' || VG_(strncmp)(place, "(in ", 4) == 0)
      return;
   place[n - 1] = 0;
   HChar *colon = VG_(strrchr)(place, ':');
   if (!colon)
      return;
   *colon = 0;
   f->line = (UInt)VG_(strtoll10)(colon + 1, NULL);
   f->file = LG_(names_intern)(&st.files, place + 1);
}

/* A description that has the directories too, or as much of them as --fullpath-after leaves. Static storage. */
static const HChar *describe_with_directory(DiEpoch ep, Addr ip, const InlIPCursor *cursor)
{
   const HChar *whole = "";
   Word n = VG_(sizeXA)(VG_(clo_fullpath_after));
   if (n == 0)
      VG_(addToXA)(VG_(clo_fullpath_after), &whole);
   const HChar *text = VG_(describe_IP)(ep, ip, cursor);
   if (n == 0)
      VG_(dropTailXA)(VG_(clo_fullpath_after), 1);
   return text;
}

/* Debug information calls an inlined function by its bare name ("allocate", "with_capacity"): only where its source lies tells that
 * it belongs to the C++ or Rust standard library. */
static Bool is_library_source(const HChar *description)
{
   static const HChar *const places[] = {"/include/c++/",
                                         "/rustc/",
                                         "/rustlib/src/rust/library/",
                                         "/rust/deps/",
                                         "/hashbrown-",
                                         "/src/rustc-", /* Debian's own Rust */
                                         "(library/alloc/src/",
                                         "(library/core/src/",
                                         "(library/std/src/"};
   for (UInt i = 0; i < sizeof places / sizeof *places; i++)
      if (VG_(strstr)(description, places[i]))
         return True;
   return False;
}

/* One call of a chain of inlined ones, from VG_(describe_IP)'s text. Releases before 3.26 call inlined functions of another
 * compilation unit "UnknownInlinedFun": then the physical function's name is the better one. */
static UInt described_frame(DiEpoch ep, Addr ip, const HChar *text, Bool inlined, Bool in_library)
{
   LgFrame f = {0, 0, 0, 0, inlined, in_library};
   HChar *copy = VG_(strdup)("lg.symbol.described.1", text);
   HChar *name = VG_(strstr)(copy, ": ");
   name = name ? name + 2 : copy;
   HChar *place = NULL;
   for (HChar *p = VG_(strstr)(name, " ("); p; p = VG_(strstr)(p + 1, " ("))
      place = p;
   if (place) {
      *place = 0;
      parse_place(place + 1, &f);
   }
   if (inlined && !VG_STREQ(name, "UnknownInlinedFun"))
      f.fn = intern_fn(name, VG_(strlen)(name));
   else
      f.fn = fn_at(ep, ip);
   VG_(free)(copy);
   f.object = object_at(ep, ip);
   return intern_frame(&f);
}

/* ---- addresses ---- */

static IpNames *names_at(UInt ip)
{
   return LG_PILE_AT(&st.ips, IpNames, ip);
}

static const UInt *frames_of(const IpNames *names)
{
   return names->n == 1 ? &names->frames.one : names->frames.many;
}

static UInt hash_of_frames(const void *self, UInt ip)
{
   const IpNames *names = names_at(ip);
   UInt h = names->n;
   (void)self;
   for (UInt i = 0; i < names->n; i++)
      h = LG_(slots_mix)(h, frames_of(names)[i]);
   return h;
}

static Bool same_frames(const IpNames *a, const IpNames *b)
{
   if (a->n != b->n)
      return False;
   for (UInt i = 0; i < a->n; i++)
      if (frames_of(a)[i] != frames_of(b)[i])
         return False;
   return True;
}

static Bool is_named(const IpNames *names)
{
   for (UInt i = 0; i < names->n; i++)
      if (VG_STREQ(LG_(names_text)(&st.fns, st.frames[frames_of(names)[i] - 1].fn), "???"))
         return False;
   return True;
}

static void find_twin(UInt ip)
{
   IpNames *names = names_at(ip);
   names->twin = names->last = ip;
   if (!is_named(names))
      return;
   const LgSlots *t = &st.twins;
   for (UInt i = LG_(slots_first)(t, hash_of_frames(NULL, ip)); t->slots[i]; i = LG_(slots_next)(t, i))
      if (same_frames(names, names_at(t->slots[i]))) {
         names->twin = t->slots[i];
         names_at(names->twin)->last = ip;
         return;
      }
   LG_(slots_add)(&st.twins, ip, hash_of_frames, NULL);
}

static void set_frames(UInt ip, UInt n, const UInt *frames)
{
   IpNames *names = names_at(ip);
   names->n = n;
   if (n == 1) {
      names->frames.one = frames[0];
   } else {
      names->frames.many = VG_(malloc)("lg.symbol.ip.1", n * sizeof *frames);
      VG_(memcpy)(names->frames.many, frames, n * sizeof *frames);
      st.inlined_B += n * sizeof *frames;
   }
   find_twin(ip);
}

/* What is inlined into an allocation function is the allocator's, whatever its name: `impl GlobalAlloc` of a crate, inlined into
 * __rust_alloc. */
static void mark_allocators_own(const UInt *frames, UInt n)
{
   UInt k = n;
   while (k > 0 && !(st.fn_class[st.frames[frames[k - 1] - 1].fn - 1] & LG_FN_ALLOC))
      k--;
   for (UInt i = 0; i + 1 < k; i++)
      st.frames[frames[i] - 1].in_library = True;
}

static void look_up(UInt number)
{
   enum { INLINED_MAX = 64 }; /* deeper chains keep their inner part and the physical function's callers */
   UInt frames[INLINED_MAX], n = 0;
   Addr ip = LG_(ip_address)[number];
   DiEpoch ep = VG_(current_DiEpoch)();
   InlIPCursor *cursor = ip == LG_IP_GONE ? NULL : VG_(new_IIPC)(ep, ip);
   if (ip == LG_IP_GONE) {
      frames[n++] = LG_(symbol_made_up)("???");
   } else if (!cursor) {
      frames[n++] = plain_frame(ep, ip);
   } else {
      Bool more;
      do {
         HChar *text = VG_(strdup)("lg.symbol.look_up.1", VG_(describe_IP)(ep, ip, cursor));
         Bool in_library = is_library_source(describe_with_directory(ep, ip, cursor));
         more = VG_(next_IIPC)(cursor);
         if (n < INLINED_MAX)
            frames[n++] = described_frame(ep, ip, text, /*inlined*/ more, more && in_library);
         VG_(free)(text);
      } while (more);
      VG_(delete_IIPC)(cursor);
      mark_allocators_own(frames, n);
   }
   set_frames(number, n, frames);
}

static inline const IpNames *names_of(UInt ip)
{
   while (UNLIKELY(ip >= st.ips.n))
      LG_(pile_add_row)(&st.ips, 1);
   if (UNLIKELY(names_at(ip)->n == 0))
      look_up(ip);
   return names_at(ip);
}

UInt LG_(symbol_frames)(UInt ip, const UInt **frames)
{
   const IpNames *names = names_of(ip);
   *frames = frames_of(names);
   return names->n;
}

UInt LG_(symbol_twin)(UInt ip)
{
   return names_of(ip)->twin;
}

Addr LG_(symbol_address)(UInt ip)
{
   Addr a = LG_(ip_address)[ip];
   if (a == LG_IP_GONE)
      a = LG_(ip_address)[names_of(ip)->last];
   return a == LG_IP_GONE ? 0 : a;
}

static void forget(UInt ip)
{
   if (ip >= st.ips.n)
      return;
   IpNames *names = names_at(ip);
   if (names->n > 1) {
      VG_(free)(names->frames.many);
      st.inlined_B -= names->n * sizeof(UInt);
   }
   VG_(memset)(names, 0, sizeof *names);
}

void LG_(symbol_reclaim)(UChar *is_used)
{
   for (UInt ip = 1; ip < st.ips.n; ip++)
      if (names_at(ip)->n > 0 && (is_used[ip] || LG_(ip_address)[ip] != LG_IP_GONE))
         is_used[names_at(ip)->twin] = 1;
   for (UInt ip = 1; ip < st.ips.n; ip++)
      if (names_at(ip)->n > 0 && LG_(ip_address)[names_at(ip)->last] == LG_IP_GONE)
         names_at(ip)->last = ip;
   LG_(ip_reclaim)(is_used, forget);
   LG_(slots_clear)(&st.twins, st.twins.n);
   for (UInt ip = 1; ip < st.ips.n; ip++)
      if (names_at(ip)->n > 0 && names_at(ip)->twin == ip && is_named(names_at(ip)))
         LG_(slots_add)(&st.twins, ip, hash_of_frames, NULL);
}

const LgFrame *LG_(symbol_frame)(UInt frame)
{
   tl_assert(frame >= 1 && frame <= st.n_frames);
   return &st.frames[frame - 1];
}

UInt LG_(symbol_made_up)(const HChar *fn)
{
   LgFrame f = {0, 0, 0, 0, False, False};
   f.fn = intern_fn(fn, VG_(strlen)(fn));
   return intern_frame(&f);
}

UInt LG_(symbol_class)(UInt frame)
{
   const LgFrame *f = LG_(symbol_frame)(frame);
   return st.fn_class[f->fn - 1] | (f->in_library ? LG_FN_LIBRARY : 0);
}

UInt LG_(symbol_n_frames)(void)
{
   return st.n_frames;
}

static ULong bytes_of_names(const LgNames *t)
{
   enum { PER_TEXT = 64 }; /* about: most names are shorter, those of C++ and Rust longer */
   return (ULong)t->size * sizeof *t->text + (ULong)t->n_slots * sizeof *t->slots + (ULong)t->n * PER_TEXT;
}

ULong LG_(symbol_bytes)(void)
{
   return (ULong)st.frames_size * sizeof *st.frames + (ULong)st.n_frame_slots * sizeof(UInt) + st.fn_class_size +
          LG_(ip_bytes)() + LG_(pile_bytes)(&st.ips) + LG_(slots_bytes)(&st.twins) + st.inlined_B +
          bytes_of_names(&st.fns) + bytes_of_names(&st.files) + bytes_of_names(&st.objects);
}

const LgNames *LG_(symbol_fns)(void)
{
   return &st.fns;
}

const LgNames *LG_(symbol_objects)(void)
{
   return &st.objects;
}

const LgNames *LG_(symbol_files)(void)
{
   return &st.files;
}

UInt LG_(symbol_file_id)(const HChar *name, Bool add)
{
   return add ? LG_(names_intern)(&st.files, name) : LG_(names_find)(&st.files, name);
}
