/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_owned: see lg_owned.h.
 *
 * Entries of one node are linked. One whose block ends first leaves the index at once but stays in the list, empty, until the node
 * ends: so that taking out one of millions needs no search. */
#include "lg_owned.h"

#include "lg_clock.h"
#include "lg_memory.h"

#include "pub_tool_aspacemgr.h"
#include "pub_tool_libcassert.h"
#include "pub_tool_libcbase.h"
#include "pub_tool_mallocfree.h"
#include "pub_tool_vki.h"

enum {
   CHUNK = 4096,
   FIRST_SLOTS = 1024,
   BLOCKS_MAX = 1 << 22,  /* followed for one object */
   SCAN_MAX_B = 64 << 20, /* bytes read for one object */
   SHARE = 8              /* of --max-tool-memory, at most 1 in so many */
};

typedef struct {
   ULong start : 48; /* 0: its block has ended */
   ULong domain : 16;
   ULong szB : 48;
   ULong is_root : 1;
   ULong is_counted : 1; /* in the node's bytes */
   UInt node;
   UInt next;    /* of the same node; or of the unused ones */
   UInt waiting; /* account of kind WAITING in which it counts; 0: in none, or by another entry */
   UInt birth;   /* base interval in which it was entered */
} Entry;

/* A block whose words are to be read. */
typedef struct {
   Addr start;
   SizeT szB;
   UInt level; /* of the blocks it points to */
} Job;

static struct {
   Entry **chunks;
   UInt n_chunks, n_used, free;
   UInt *slots;
   UInt n_slots, n_indexed;
   Job *jobs; /* a queue, kept between calls */
   UInt n_jobs, jobs_size;
   ULong n_cut;
} st;

static inline Entry *entry(UInt id)
{
   return &st.chunks[(id - 1) / CHUNK][(id - 1) % CHUNK];
}

static ULong table_B(void)
{
   return (ULong)st.n_chunks * CHUNK * sizeof(Entry) + (ULong)st.n_slots * sizeof *st.slots +
          (ULong)st.jobs_size * sizeof *st.jobs;
}

Bool LG_(owned_has_room)(void)
{
   return st.free != 0 || st.n_used < st.n_chunks * CHUNK || table_B() < LG_(memory_share_B)(SHARE);
}

static UInt new_entry(void)
{
   if (st.free) {
      UInt id = st.free;
      st.free = entry(id)->next;
      return id;
   }
   if (st.n_used == st.n_chunks * CHUNK) {
      st.chunks = VG_(realloc)("lg.owned.chunks.1", st.chunks, (st.n_chunks + 1) * sizeof *st.chunks);
      st.chunks[st.n_chunks++] = VG_(malloc)("lg.owned.chunks.2", CHUNK * sizeof(Entry));
   }
   return ++st.n_used;
}

/* ---- index ---- */

static inline UInt home(Addr start)
{
   ULong h = (ULong)start * 0x9e3779b97f4a7c15ULL;
   return (UInt)(h >> 32) & (st.n_slots - 1);
}

/* Where a new entry of this block goes. */
static UInt free_slot(Addr start)
{
   UInt i = home(start);
   while (st.slots[i])
      i = (i + 1) & (st.n_slots - 1);
   return i;
}

/* The slot of this entry. */
static UInt slot_of(UInt id)
{
   UInt i = home(entry(id)->start);
   while (st.slots[i] != id)
      i = (i + 1) & (st.n_slots - 1);
   return i;
}

/* The next entry of the block from slot *i on, or 0; *i is its slot. */
static UInt next_entry(Addr start, UInt *i)
{
   for (; st.slots[*i]; *i = (*i + 1) & (st.n_slots - 1))
      if (entry(st.slots[*i])->start == start)
         return st.slots[*i];
   return 0;
}

static void grow_slots(void)
{
   UInt *old = st.slots, n_old = st.n_slots;
   st.n_slots = n_old ? n_old * 2 : FIRST_SLOTS;
   st.slots = VG_(calloc)("lg.owned.slots.1", st.n_slots, sizeof *st.slots);
   for (UInt i = 0; i < n_old; i++)
      if (old[i])
         st.slots[free_slot(entry(old[i])->start)] = old[i];
   VG_(free)(old);
}

static void clear_slot(UInt i)
{
   UInt mask = st.n_slots - 1;
   for (UInt j = (i + 1) & mask; st.slots[j]; j = (j + 1) & mask) {
      UInt h = home(entry(st.slots[j])->start);
      if (((j - h) & mask) >= ((j - i) & mask)) {
         st.slots[i] = st.slots[j];
         i = j;
      }
   }
   st.slots[i] = 0;
   st.n_indexed--;
}

LgOwned LG_(owned_state)(UInt domain, Addr start)
{
   LgOwned state = LG_NOT_OWNED;
   if (st.n_indexed == 0)
      return state;
   UInt i = home(start);
   for (UInt id; (id = next_entry(start, &i)) != 0; i = (i + 1) & (st.n_slots - 1))
      if (entry(id)->domain == domain && (state == LG_NOT_OWNED || entry(id)->is_root))
         state = entry(id)->is_root ? LG_OWNED_ROOT : LG_OWNED;
   return state;
}

/* ---- entries ---- */

static Bool is_entered(Addr start)
{
   UInt i = home(start);
   return st.n_indexed && next_entry(start, &i) != 0;
}

static void add(UInt node, const LgHeapBlock *b, Bool is_root, Bool is_counted)
{
   LgNode *n = LG_(node)(node);
   if ((ULong)(st.n_indexed + 1) * 4 > (ULong)st.n_slots * 3)
      grow_slots();
   Bool is_first = !is_entered(b->start);
   UInt id = new_entry();
   Entry *e = entry(id);
   *e = (Entry){.start = b->start,
                .domain = n->domain,
                .szB = b->szB,
                .is_root = is_root,
                .is_counted = is_counted,
                .node = node,
                .next = n->owned,
                .birth = LG_(clock).epoch};
   if (is_first && b->account) {
      const LgAccount *heap = LG_(account_now)(b->account);
      LgAccount *waiting = LG_(account_get)(LG_ACCOUNT_WAITING, heap->stack, heap->context);
      e->waiting = waiting->id;
      LG_(account_birth)(waiting, b->szB);
   }
   n->owned = id;
   n->n_roots += is_root;
   st.slots[free_slot(b->start)] = id;
   st.n_indexed++;
   LG_(heap_watch)(b->start);
}

void LG_(owned_add_root)(UInt node, const LgHeapBlock *b, Bool is_counted)
{
   add(node, b, /*is_root*/ True, is_counted);
}

void LG_(owned_add_carrier)(UInt node, const LgHeapBlock *b)
{
   if (!is_entered(b->start))
      add(node, b, /*is_root*/ False, /*is_counted*/ False);
}

/* Takes what is in a slot out of the index. */
static void leave(UInt slot)
{
   Entry *e = entry(st.slots[slot]);
   if (e->waiting)
      LG_(account_death)(LG_(account_by_id)(e->waiting), e->szB, e->birth);
   clear_slot(slot);
   e->start = 0;
}

static void take(UInt slot, LgOwnedEntry *out)
{
   const Entry *e = entry(st.slots[slot]);
   *out = (LgOwnedEntry){e->node, e->is_counted ? e->szB : 0, e->is_root};
   leave(slot);
}

Bool LG_(owned_take)(UInt domain, Addr start, LgOwnedEntry *out)
{
   if (st.n_indexed == 0)
      return False;
   UInt i = home(start);
   for (UInt id; (id = next_entry(start, &i)) != 0; i = (i + 1) & (st.n_slots - 1))
      if (entry(id)->domain == domain && !entry(id)->is_root) {
         take(i, out);
         return True;
      }
   return False;
}

Bool LG_(owned_take_any)(Addr start, LgOwnedEntry *out)
{
   if (st.n_indexed == 0)
      return False;
   UInt i = home(start);
   if (next_entry(start, &i) == 0)
      return False;
   take(i, out);
   return True;
}

void LG_(owned_forget)(UInt node)
{
   LgNode *n = LG_(node)(node);
   for (UInt id = n->owned; id;) {
      Entry *e = entry(id);
      UInt next = e->next;
      if (e->start)
         leave(slot_of(id));
      e->next = st.free;
      st.free = id;
      id = next;
   }
   n->owned = 0;
}

/* ---- following ---- */

typedef struct {
   UInt node;
   const LgFollow *f;
   UInt kin_account; /* of the retired block; 0: none */
   SizeT kin_szB;
   ULong B; /* found so far */
   UInt n_blocks;
   ULong scanned_B;
   Bool as_roots, is_cut;
} Search;

static void add_job(Addr start, SizeT szB, UInt level)
{
   if (st.n_jobs == st.jobs_size) {
      st.jobs_size = st.jobs_size ? st.jobs_size * 2 : 64;
      st.jobs = VG_(realloc)("lg.owned.jobs.1", st.jobs, st.jobs_size * sizeof *st.jobs);
   }
   st.jobs[st.n_jobs++] = (Job){start, szB, level};
}

/* A pointer into the middle of a block, or to a neighbour, does not own. */
static Bool owns(const Search *s, const LgHeapBlock *b, UWord word, Bool is_root)
{
   if (b->start != word && !s->f->interior)
      return False;
   return is_root || s->f->neighbours || s->kin_account == 0 || b->account != s->kin_account || b->szB != s->kin_szB;
}

/* A word that was found at a level of pointers; its block, if it owns one, is to be read up to the last level. */
static void consider(Search *s, UWord word, UInt level)
{
   LgHeapBlock b;
   Bool is_root = s->as_roots && level == 0;
   if (word < VKI_PAGE_SIZE || (ULong)word >> 48 || !LG_(heap_find)(word, &b) || !owns(s, &b, word, is_root))
      return;
   if (b.start == 0 || LG_(owned_state)(LG_(node)(s->node)->domain, b.start) != LG_NOT_OWNED)
      return;
   if (s->n_blocks >= BLOCKS_MAX || !LG_(owned_has_room)()) {
      s->is_cut = True;
      return;
   }
   add(s->node, &b, is_root, /*is_counted*/ True);
   if (is_root) {
      s->kin_account = b.account;
      s->kin_szB = b.szB;
   }
   s->B += b.szB;
   s->n_blocks++;
   if (level < s->f->levels)
      add_job(b.start, b.szB, level + 1);
}

static void scan(Search *s, const Job *job)
{
   SizeT n_words = job->szB / sizeof(UWord);
   if (n_words == 0)
      return;
   if (s->scanned_B + job->szB > SCAN_MAX_B) {
      s->is_cut = True;
      n_words = (SCAN_MAX_B - s->scanned_B) / sizeof(UWord);
   }
   s->scanned_B += n_words * sizeof(UWord);
   if (n_words == 0 || !VG_(am_is_valid_for_client)(job->start, n_words * sizeof(UWord), VKI_PROT_READ))
      return;
   Addr first = (job->start + sizeof(UWord) - 1) & ~(Addr)(sizeof(UWord) - 1);
   const UWord *words = (const UWord *)first;
   n_words = (job->start + n_words * sizeof(UWord) - first) / sizeof(UWord);
   for (SizeT i = 0; i < n_words; i++)
      if (words[i] >= VKI_PAGE_SIZE) /* most words of most blocks are no pointers at all */
         consider(s, words[i], job->level);
}

static ULong run(Search *s)
{
   for (UInt i = 0; i < st.n_jobs; i++) {
      Job job = st.jobs[i]; /* the queue may move */
      scan(s, &job);
   }
   st.n_jobs = 0;
   if (s->is_cut)
      st.n_cut++;
   return s->B;
}

ULong LG_(owned_follow_roots)(UInt node, const UWord *words, UInt n, const LgFollow *f)
{
   Search s = {.node = node, .f = f, .as_roots = True};
   for (UInt i = 0; i < n; i++)
      consider(&s, words[i], 0);
   return run(&s);
}

ULong LG_(owned_follow_block)(UInt node, const LgHeapBlock *b, const LgFollow *f)
{
   Search s = {.node = node, .f = f, .kin_account = b->account, .kin_szB = b->szB};
   if (f->levels > 0)
      add_job(b->start, b->szB, 1);
   return run(&s);
}

void LG_(owned_stats)(ULong *n_blocks, ULong *bytes, ULong *n_cut)
{
   *n_blocks = st.n_indexed;
   *bytes = table_B();
   *n_cut = st.n_cut;
}
