/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of a file of hooks. */
#include "lg_row.h"
#include "lgtest.h"

static int parse(const char *line, lg_row *row)
{
   const char *why = NULL;
   int kind = lg_row_parse(line, strlen(line), row, &why);
   LGT_OK((kind < 0) == (why != NULL));
   return kind;
}

static void rows(void)
{
   lg_row r;
   LGT_MUST(parse("span-new id=arg1->16->-8 label=arg2,arg3->8 parent=arg4  <my::Exec as Trait>::spawn* ", &r) == 1);
   LGT_EQ_I(r.event, LG_ROW_SPAN_NEW);
   LGT_EQ_U(r.id.from, 1);
   LGT_EQ_U(r.id.n_steps, 2);
   LGT_EQ_I(r.id.steps[0], 16);
   LGT_EQ_I(r.id.steps[1], -8);
   LGT_EQ_I(r.label, LG_ROW_SIZED);
   LGT_EQ_U(r.string.from, 2);
   LGT_EQ_U(r.length.from, 3);
   LGT_EQ_I(r.parent, LG_ROW_VALUE);
   LGT_EQ_U(r.parent_id.from, 4);
   LGT_EQ_U(r.pattern_n, strlen("<my::Exec as Trait>::spawn*"));
   LGT_OK(memcmp(r.pattern, "<my::Exec", 9) == 0);
   LGT_MUST(parse("\tcall\tlabel=\"a b\"\t\"id= x\"\r", &r) == 1);
   LGT_EQ_U(r.text_n, 3);
   LGT_EQ_U(r.pattern_n, 5);
   LGT_MUST(parse("task-new id=result label=symbol:arg2 pool_submit", &r) == 1);
   LGT_EQ_U(r.id.from, LG_ROW_ARGS + 1);
   LGT_EQ_I(r.label, LG_ROW_SYMBOL);
   LGT_MUST(parse("tick n=arg3 served", &r) == 1);
   LGT_EQ_U(r.n.from, 3);
   LGT_MUST(parse("span-end f", &r) == 1);
   LGT_EQ_I(r.has_label, 0);
}

static void nothing(void)
{
   lg_row r;
   LGT_EQ_I(parse("", &r), 0);
   LGT_EQ_I(parse("  \t\r", &r), 0);
   LGT_EQ_I(parse(" # span-new", &r), 0);
}

static void mistakes(void)
{
   static const char *const lines[] = {"span",
                                       "span-new",
                                       "span-news id=arg1 f",
                                       "span-new id=arg0 f",
                                       "span-new id=arg7 f",
                                       "span-new id=arg1-> f",
                                       "span-new id=arg1->99999999 f",
                                       "span-new id=arg1->0->0->0->0->0->0->0->0->0 f",
                                       "span-new id=arg1 id=arg2 f",
                                       "span-new id=arg1x f",
                                       "span-new id=result parent=arg1 f",
                                       "span-new id=arg1 parent=result f",
                                       "span-new id=arg1 label=result f",
                                       "span-new id=arg1 label=arg1,result f",
                                       "span-new id=arg1 label=\"x f",
                                       "span-new id=arg1 label=\"x\"y f",
                                       "span-new id=arg1 label=fn label=fn f",
                                       "span-new id=arg1 parent=nobody f",
                                       "span-new id=arg1 n=arg1 f",
                                       "span-enter id=arg1 parent=none f",
                                       "call id=arg1 f",
                                       "call \"f",
                                       "call \"f\" g",
                                       "call \"\"",
                                       "call f\001g"};
   lg_row r;
   for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
      if (parse(lines[i], &r) != -1)
         lgt_fail(__FILE__, __LINE__, "taken: %s", lines[i]);
}

/* Any bytes, in a buffer that ends where the line does: the sanitizer sees what is read beyond. */
static void anything(void)
{
   static const char *const words[] = {"span-new", "task-run", "id=", "arg1",    "result",  "->",   "-", "8",
                                       "label=",   "\"",       "fn",  "symbol:", "parent=", "none", ",", " ",
                                       "\t",       "pattern",  "\r",  "",        "#",       "n="};
   for (int round = 0; round < 100000; round++) {
      char line[200];
      size_t n = 0;
      for (unsigned k = lgt_rand() % 12; k > 0; k--) {
         const char *w = words[lgt_rand() % (sizeof words / sizeof *words)];
         if (lgt_rand() % 8 == 0)
            line[n++] = (char)lgt_rand();
         memcpy(line + n, w, strlen(w));
         n += strlen(w);
      }
      char *exact = malloc(n ? n : 1);
      LGT_MUST(exact != NULL);
      memcpy(exact, line, n);
      lg_row r;
      const char *why = NULL;
      int kind = lg_row_parse(exact, n, &r, &why);
      LGT_OK(kind == 1 ? r.pattern_n > 0 && r.pattern >= exact && r.pattern + r.pattern_n <= exact + n
                       : kind == 0 || (kind == -1 && why != NULL));
      free(exact);
   }
}

static void names(void)
{
   LGT_EQ_S(lg_row_event_name(LG_ROW_TASK_SUSPEND), "task-suspend");
}

LGT_MAIN(LGT(rows), LGT(nothing), LGT(mistakes), LGT(anything), LGT(names))
