/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_symbol: see lg_symbol.h.
 *
 * Valgrind hands out inlined calls only as text (VG_(describe_IP)): "0x1234: name (file.c:12)" or "0x1234: name (in object)".
 * Where nothing was inlined the exact interfaces are used and nothing is parsed. */
#include "lg_symbol.h"

#include "lg_fnclass.h"

#include "pub_tool_debuginfo.h"
#include "pub_tool_hashtable.h"
#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_mallocfree.h"
#include "pub_tool_xarray.h"

/* The core's option --fullpath-after: const HChar*. */
extern XArray *VG_(clo_fullpath_after);

/* The frames of one address. */
typedef struct IpNode {
   struct IpNode *next; /* VgHashTable's */
   UWord ip;
   Addr twin; /* symbol_twin() */
   UInt n;
   UInt frames[];
} IpNode;

/* Addresses with the same frames: hash node, key is the hash of the frames. */
typedef struct {
   VgHashNode node;
   const IpNode *first;
} Twins;

enum { PAGE_SHIFT = 12, FIRST_SLOTS = 1024, RECENT = 1024 };

static struct {
   LgNames fns, objects, files;
   UChar *fn_class; /* [fns.n], by id - 1 */
   UInt fn_class_size;
   LgFrame *frames; /* by id - 1 */
   UInt n_frames, frames_size;
   UInt *frame_slots; /* open addressing; ids, 0 is free */
   UInt n_frame_slots;
   VgHashTable *ips;
   VgHashTable *twins;
   IpNode *recent[RECENT]; /* a cache of ips */
   VgHashTable *pages;     /* VgHashNode: pages (ip >> PAGE_SHIFT) that hold known addresses */
} st;

void LG_(symbol_init)(void)
{
   LG_(names_init)(&st.fns);
   LG_(names_init)(&st.objects);
   LG_(names_init)(&st.files);
   st.n_frame_slots = FIRST_SLOTS;
   st.frame_slots = VG_(calloc)("lg.symbol.init.1", FIRST_SLOTS, sizeof(UInt));
   st.ips = VG_(HT_construct)("lg.symbol.ips");
   st.twins = VG_(HT_construct)("lg.symbol.twins");
   st.pages = VG_(HT_construct)("lg.symbol.pages");
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

static Word compare_twins(const void *a, const void *b)
{
   const IpNode *x = ((const Twins *)a)->first, *y = ((const Twins *)b)->first;
   if (x->n != y->n)
      return 1;
   for (UInt i = 0; i < x->n; i++)
      if (x->frames[i] != y->frames[i])
         return 1;
   return 0;
}

static Bool is_named(const IpNode *node)
{
   for (UInt i = 0; i < node->n; i++)
      if (VG_(strcmp)(LG_(names_text)(&st.fns, st.frames[node->frames[i] - 1].fn), "???") == 0)
         return False;
   return True;
}

static Twins twins_of(const IpNode *node)
{
   Twins t = {.first = node};
   for (UInt i = 0; i < node->n; i++)
      t.node.key = t.node.key * 31 + node->frames[i];
   return t;
}

static void find_twin(IpNode *node)
{
   node->twin = node->ip;
   if (!is_named(node))
      return;
   Twins t = twins_of(node);
   const Twins *known = VG_(HT_gen_lookup)(st.twins, &t, compare_twins);
   if (known) {
      node->twin = known->first->ip;
      return;
   }
   Twins *own = VG_(malloc)("lg.symbol.twins.1", sizeof *own);
   *own = t;
   VG_(HT_add_node)(st.twins, own);
}

/* The node is about to go: it is nobody's twin any more. */
static void forget_twin(const IpNode *node)
{
   Twins t = twins_of(node);
   const Twins *known = VG_(HT_gen_lookup)(st.twins, &t, compare_twins);
   if (known && known->first == node)
      VG_(free)(VG_(HT_gen_remove)(st.twins, &t, compare_twins));
}

static IpNode *new_node(Addr ip, UInt n, const UInt *frames)
{
   IpNode *node = VG_(malloc)("lg.symbol.ip.1", sizeof *node + n * sizeof(UInt));
   node->ip = ip;
   node->n = n;
   VG_(memcpy)(node->frames, frames, n * sizeof(UInt));
   VG_(HT_add_node)(st.ips, node);
   find_twin(node);
   if (!VG_(HT_lookup)(st.pages, ip >> PAGE_SHIFT)) {
      VgHashNode *page = VG_(malloc)("lg.symbol.page.1", sizeof *page);
      page->key = ip >> PAGE_SHIFT;
      VG_(HT_add_node)(st.pages, page);
   }
   return node;
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

static IpNode *look_up(Addr ip)
{
   enum { INLINED_MAX = 64 }; /* deeper chains keep their inner part and the physical function's callers */
   UInt frames[INLINED_MAX], n = 0;
   DiEpoch ep = VG_(current_DiEpoch)();
   InlIPCursor *cursor = VG_(new_IIPC)(ep, ip);
   if (!cursor) {
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
   return new_node(ip, n, frames);
}

static IpNode *node_of(Addr ip)
{
   IpNode **recent = &st.recent[(ip ^ ip >> 10) % RECENT];
   if (LIKELY(*recent && (*recent)->ip == ip))
      return *recent;
   IpNode *node = VG_(HT_lookup)(st.ips, ip);
   return *recent = node ? node : look_up(ip);
}

UInt LG_(symbol_frames)(Addr ip, const UInt **frames)
{
   const IpNode *node = node_of(ip);
   *frames = node->frames;
   return node->n;
}

Addr LG_(symbol_twin)(Addr ip)
{
   return node_of(ip)->twin;
}

/* Unmapping data is frequent and may be huge, so look through whichever is smaller: the range's pages or the known ones. */
static Bool holds_known_page(Addr a, SizeT len)
{
   UWord first = a >> PAGE_SHIFT, last = (a + len - 1) >> PAGE_SHIFT;
   if (last - first < VG_(HT_count_nodes)(st.pages)) {
      for (UWord p = first; p <= last; p++)
         if (VG_(HT_lookup)(st.pages, p))
            return True;
      return False;
   }
   VG_(HT_ResetIter)(st.pages);
   for (VgHashNode *n = VG_(HT_Next)(st.pages); n; n = VG_(HT_Next)(st.pages))
      if (n->key >= first && n->key <= last)
         return True;
   return False;
}

Bool LG_(symbol_forget)(Addr a, SizeT len)
{
   if (len == 0 || !holds_known_page(a, len))
      return False;
   Bool any = False;
   UInt n;
   VgHashNode **all = VG_(HT_to_array)(st.ips, &n);
   VG_(memset)(st.recent, 0, sizeof st.recent);
   for (UInt i = 0; i < n; i++) {
      if (all[i]->key - a < len) {
         forget_twin((const IpNode *)all[i]);
         VG_(free)(VG_(HT_remove)(st.ips, all[i]->key));
         any = True;
      } else if (((IpNode *)all[i])->twin - a < len) {
         ((IpNode *)all[i])->twin = all[i]->key;
      }
   }
   VG_(free)(all);
   return any;
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

ULong LG_(symbol_bytes)(void)
{
   enum { PER_IP = 64, PER_NAME = 64 }; /* a hash node with the frames of one address; a text with its slots */
   return (ULong)st.frames_size * sizeof *st.frames + (ULong)st.n_frame_slots * sizeof(UInt) +
          (ULong)VG_(HT_count_nodes)(st.ips) * PER_IP + ((ULong)st.fns.n + st.files.n + st.objects.n) * PER_NAME;
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
