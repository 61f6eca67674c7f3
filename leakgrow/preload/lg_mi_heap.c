/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lg_preload.h"

/* mimalloc's explicit heaps. A heap is a handle, a small block of its own; its blocks are ordinary ones, and the tool knows
 * which heap they are from. Where the tool does not know our requests, destroyed heaps leave their blocks behind. */

static char main_heap; /* stands for the default heap of every thread */

void lg_mi_note_heap(void *heap, void *p)
{
   if (p && heap && heap != &main_heap)
      VALGRIND_DO_CLIENT_REQUEST_STMT(LEAKGROW_REQ_INTERNAL_ZONE_ADD, heap, p, 0, 0, 0);
}

static void *take_block(void *heap)
{
   return (void *)VALGRIND_DO_CLIENT_REQUEST_EXPR(0, LEAKGROW_REQ_INTERNAL_ZONE_TAKE, heap, 0, 0, 0, 0);
}

/* Also for mi_heap_new_in_arena and mi_heap_new_ex, whose arguments choose what does not exist here. */
void *lg_mi_heap_new(void);
void *lg_mi_heap_new(void)
{
   enum { handle_size = 64 };
   return vg_calloc(1, handle_size);
}

/* The blocks outlive their heap. */
void lg_mi_heap_delete(void *heap);
void lg_mi_heap_delete(void *heap)
{
   if (!heap || heap == &main_heap)
      return;
   while (take_block(heap))
      ;
   vg_free(heap);
}

void lg_mi_heap_destroy(void *heap);
void lg_mi_heap_destroy(void *heap)
{
   void *p;

   if (!heap || heap == &main_heap)
      return;
   while ((p = take_block(heap)))
      vg_free(p);
   vg_free(heap);
}

/* mi_heap_set_default, which changes nothing, for plain mi_malloc is malloc, and returns what may be given to it again. The real
 * one must not see our handles. mi_heap_get_default and mi_heap_get_backing are the real ones: mimalloc calls them itself. */
void *lg_mi_heap_main(void);
void *lg_mi_heap_main(void)
{
   return &main_heap;
}

/* mi_heap_collect has nothing to do; mi_heap_visit_blocks visits nothing and says so. */
char lg_mi_heap_no(void);
char lg_mi_heap_no(void)
{
   return 0;
}
