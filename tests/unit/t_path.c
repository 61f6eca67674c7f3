/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of lg_path, lg_ip and lg_raw: lists against a plain table of them, also when all hashes are equal. */
#include "lg_ip.h"
#include "lg_path.h"
#include "lg_raw.h"
#include "vgshim.h"

#include "lgtest.h"

enum { LISTS = 1500, LONGEST = 520 };

typedef struct {
   UInt n, numbers[LONGEST];
   LgPath path;
} list;

static list lists[LISTS];
static LgPaths paths;

/* Many lists begin alike at the outermost end, some are parts of others, some are long. */
static void draw(list *l, UInt n_known, UInt n_letters)
{
   const list *like = n_known > 0 ? &lists[lgt_rand_below(n_known)] : NULL;
   l->n = 1 + (UInt)lgt_rand_below(lgt_rand_below(8) == 0 ? LONGEST : 40);
   for (UInt i = 0; i < l->n; i++)
      l->numbers[i] = 1 + (UInt)lgt_rand_below(n_letters);
   UInt alike = like ? (UInt)lgt_rand_below((like->n < l->n ? like->n : l->n) + 1) : 0;
   for (UInt i = 1; i <= alike; i++)
      l->numbers[l->n - i] = like->numbers[like->n - i];
}

static int is_same_list(const list *a, const list *b)
{
   return a->n == b->n && memcmp(a->numbers, b->numbers, a->n * sizeof *a->numbers) == 0;
}

static void expect_list(const list *l)
{
   UInt numbers[LONGEST];
   LGT_EQ_U(LG_(path_length)(&paths, l->path), l->n);
   LGT_EQ_U(LG_(path_numbers)(&paths, l->path, numbers, LONGEST), l->n);
   LGT_OK(memcmp(numbers, l->numbers, l->n * sizeof *numbers) == 0);
   UInt few = (UInt)lgt_rand_below(l->n) + 1;
   LGT_EQ_U(LG_(path_numbers)(&paths, l->path, numbers, few), few);
   LGT_OK(memcmp(numbers, l->numbers, few * sizeof *numbers) == 0);
}

static void intern_all(UInt mask, UInt n_letters)
{
   LG_(path_init)(&paths);
   paths.hash_mask = mask;
   for (UInt k = 0; k < LISTS; k++) {
      draw(&lists[k], k, n_letters);
      lists[k].path = LG_(path_intern)(&paths, lists[k].numbers, lists[k].n);
      for (UInt i = 0; i < k; i++)
         LGT_MUST(is_same_list(&lists[i], &lists[k]) ==
                  (lists[i].path.node == lists[k].path.node && lists[i].path.tail == lists[k].path.tail));
   }
   for (UInt k = 0; k < LISTS; k++)
      expect_list(&lists[k]);
}

static void equal_lists_have_equal_paths(void)
{
   intern_all(~0u, 3);
}

static void hashes_collide(void)
{
   intern_all(0xc0000000u, 2);
   LG_(path_free)(&paths);
   intern_all(0, 3);
}

static void no_path(void)
{
   UInt number;
   LG_(path_init)(&paths);
   LGT_EQ_U(LG_(path_length)(&paths, (LgPath){0, 0}), 0);
   LGT_EQ_U(LG_(path_numbers)(&paths, (LgPath){0, 0}, &number, 1), 0);
}

/* What is left keeps its lists, and memory goes down to about what is left. */
static void moving(void)
{
   intern_all(~0u, 1000);
   ULong before = LG_(path_bytes)(&paths);
   for (UInt left = LISTS; left >= LISTS / 8; left /= 2) {
      LgPathMove m;
      LG_(path_move_begin)(&m, &paths);
      for (UInt k = 0; k < left; k++)
         lists[k].path = LG_(path_move)(&m, lists[k].path);
      LGT_EQ_U(LG_(path_move)(&m, (LgPath){0, 0}).tail, 0);
      LG_(path_move_end)(&m);
      for (UInt k = 0; k < left; k++)
         expect_list(&lists[k]);
      for (UInt k = 0; k < left; k++) {
         LgPath again = LG_(path_intern)(&paths, lists[k].numbers, lists[k].n);
         LGT_OK(again.node == lists[k].path.node && again.tail == lists[k].path.tail);
      }
   }
   LGT_OK(LG_(path_bytes)(&paths) < before / 2);
   UChar *is_used = calloc(1001, 1), *is_there = calloc(1001, 1);
   LgPathMove m;
   LG_(path_move_begin)(&m, &paths);
   for (UInt k = 0; k < 5; k++) {
      LG_(path_move)(&m, lists[k].path);
      for (UInt i = 0; i < lists[k].n; i++)
         is_there[lists[k].numbers[i]] = 1;
   }
   LG_(path_move_end)(&m);
   LG_(path_mark)(&paths, is_used);
   LGT_OK(memcmp(is_used, is_there, 1001) == 0);
}

/* ---- addresses ---- */

static UInt n_forgotten;

static void count_forgotten(UInt id)
{
   LGT_EQ_U(LG_(ip_address)[id], LG_IP_GONE);
   n_forgotten++;
}

static void addresses(void)
{
   enum { N = 50000 };
   static UInt id[N];
   LG_(ip_init)();
   for (UInt i = 0; i < N; i++)
      LGT_EQ_U(id[i] = LG_(ip_id)(0x400000 + 16 * i), i + 1);
   for (UInt i = 0; i < N; i++)
      LGT_EQ_U(LG_(ip_id)(0x400000 + 16 * i), id[i]);
   LGT_EQ_U(LG_(ip_retire)(0x100000, 0x1000), 0);
   LGT_EQ_U(LG_(ip_retire)(0x400000, 0), 0);
   LGT_EQ_U(LG_(ip_retire)(0x400001, 8), 0);
   LGT_EQ_U(LG_(ip_retire)(0x400000 + 16 * 100, 16 * 200), 200);
   LGT_EQ_U(LG_(ip_retire)(0x400000 + 16 * 100, 16 * 200), 0);
   LGT_EQ_U(LG_(ip_n_retired)(), 200);
   for (UInt i = 0; i < N; i++)
      if (i < 100 || i >= 300)
         LGT_EQ_U(LG_(ip_id)(0x400000 + 16 * i), id[i]);
   for (UInt i = 100; i < 300; i++)
      LGT_OK(LG_(ip_id)(0x400000 + 16 * i) > N);
   LGT_EQ_U(LG_(ip_retire)(0, ~(SizeT)0), N);
   LGT_EQ_U(LG_(ip_id)(0), N + 201);
}

static void numbers_are_given_again(void)
{
   LG_(ip_init)();
   UInt kept = LG_(ip_id)(0x1000);
   UChar *is_used = calloc(300, 1);
   is_used[kept] = 1;
   for (UInt round = 0; round < 1000; round++) {
      for (UInt i = 0; i < 100; i++)
         LG_(ip_id)(0x5000 + i);
      LG_(ip_retire)(0x1000, 0x10000);
      n_forgotten = 0;
      LG_(ip_reclaim)(is_used, count_forgotten);
      LGT_EQ_U(n_forgotten, 100);
      LGT_EQ_U(LG_(ip_n_retired)(), 1);
   }
   LGT_EQ_U(LG_(ip_count)(), 101);
   LGT_EQ_U(LG_(ip_address)[kept], LG_IP_GONE);
}

/* ---- raw stacks ---- */

static LgRawStack *add_raw(UInt hash, list *l, UInt stack)
{
   for (UInt i = 0; i < l->n; i++)
      l->numbers[i] = LG_(ip_id)(0x1000 + l->numbers[i]);
   l->path = LG_(path_intern)(&paths, l->numbers, l->n);
   return LG_(raw_add)(hash, l->path, stack);
}

static LgRawStack *find_raw(UInt hash, const list *l)
{
   Addr ips[LONGEST];
   for (UInt i = 0; i < l->n; i++)
      ips[i] = LG_(ip_address)[l->numbers[i]];
   return LG_(raw_find)(hash, ips, l->n);
}

static Bool is_even(LgRawStack *r, void *arg)
{
   (*(UInt *)arg)++;
   return r->stack % 2 == 0;
}

/* All traces have one of four hashes; yet each finds its own raw stack. */
static void traces_with_equal_hashes(void)
{
   LG_(path_init)(&paths);
   LG_(ip_init)();
   LG_(raw_init)(&paths);
   UInt n = 0, asked = 0, left = 0;
   for (UInt k = 0; k < LISTS; k++) {
      list *l = &lists[n];
      draw(l, n, 4);
      l->n = l->n > 60 ? 60 : l->n;
      for (UInt i = 0; i < l->n; i++)
         LG_(ip_id)(0x1000 + l->numbers[i]);
      Addr ips[LONGEST];
      for (UInt i = 0; i < l->n; i++)
         ips[i] = 0x1000 + l->numbers[i];
      if (LG_(raw_find)(l->n % 4, ips, l->n))
         continue;
      LgRawStack *r = add_raw(l->n % 4, l, n + 1);
      LGT_EQ_U(r->stack, n + 1);
      n++;
   }
   LGT_EQ_U(LG_(raw_count)(), n);
   LGT_MUST(n > LISTS / 2);
   for (UInt k = 0; k < n; k++) {
      LgRawStack *r = find_raw(lists[k].n % 4, &lists[k]);
      LGT_MUST(r != NULL);
      LGT_EQ_U(r->stack, k + 1);
      LGT_OK(find_raw(7, &lists[k]) == NULL);
   }
   LG_(raw_keep_only)(is_even, &asked);
   LGT_EQ_U(asked, n);
   for (UInt k = 0; k < n; k++) {
      LgRawStack *r = find_raw(lists[k].n % 4, &lists[k]);
      LGT_OK((k + 1) % 2 == 0 ? r && r->stack == k + 1 : r == NULL);
      left += r != NULL;
   }
   LGT_EQ_U(LG_(raw_count)(), left);
}

LGT_MAIN(LGT(equal_lists_have_equal_paths), LGT(hashes_collide), LGT(no_path), LGT(moving), LGT(addresses),
         LGT(numbers_are_given_again), LGT(traces_with_equal_hashes))
