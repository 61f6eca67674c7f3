/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lg_elf: see lg_elf.h. Only ELF64 of the machine's own byte order: there is no thread-local look-up on other platforms. */
#include "lg_elf.h"

#include "pub_tool_libcbase.h"
#include "pub_tool_libcfile.h"
#include "pub_tool_mallocfree.h"
#include "pub_tool_vki.h"

enum { STT_OBJECT = 1, STT_TLS = 6, SHT_SYMTAB = 2, SHT_DYNSYM = 11, SECTIONS_MAX = 4096 };
static const ULong table_max_B = 256ULL << 20;

typedef struct {
   UChar ident[16];
   UShort type, machine;
   UInt version;
   ULong entry, program_offset, section_offset;
   UInt flags;
   UShort header_szB, program_szB, n_programs, section_szB, n_sections, names;
} Header;

typedef struct {
   UInt name, type;
   ULong flags, address, offset, szB;
   UInt link, info;
   ULong align, entry_szB;
} Section;

typedef struct {
   UInt name;
   UChar info, other;
   UShort section;
   ULong value, szB;
} Symbol;

/* Reads all of [offset, offset + szB); False when the file ends before. */
static Bool read_at(Int fd, ULong offset, void *to, ULong szB)
{
   UChar *at = to;
   if (offset > (1ULL << 62) || VG_(lseek)(fd, (Off64T)offset, VKI_SEEK_SET) < 0)
      return False;
   while (szB > 0) {
      Int n = VG_(read)(fd, at, szB > (1 << 20) ? 1 << 20 : (Int)szB);
      if (n <= 0)
         return False;
      at += n;
      szB -= (ULong)n;
   }
   return True;
}

/* A section's contents, with a 0 behind them; the caller frees. NULL: not there. */
static void *read_section(Int fd, const Section *s)
{
   if (s->szB == 0 || s->szB > table_max_B)
      return NULL;
   HChar *bytes = VG_(malloc)("lg.elf.section.1", s->szB + 1);
   if (!read_at(fd, s->offset, bytes, s->szB)) {
      VG_(free)(bytes);
      return NULL;
   }
   bytes[s->szB] = 0;
   return bytes;
}

static UInt match(const Symbol *table, ULong n_table, const HChar *strings, ULong strings_B, LgElfSymbol *symbols,
                  UInt n)
{
   UInt found = 0;
   for (ULong i = 0; i < n_table; i++) {
      UInt type = table[i].info & 15;
      if ((type != STT_OBJECT && type != STT_TLS) || table[i].section == 0 || table[i].name >= strings_B)
         continue;
      for (UInt k = 0; k < n; k++) {
         if (symbols[k].is_found || !VG_STREQ(strings + table[i].name, symbols[k].name))
            continue;
         symbols[k].value = table[i].value;
         symbols[k].is_thread_local = type == STT_TLS;
         symbols[k].is_found = True;
         found++;
      }
   }
   return found;
}

static UInt match_section(Int fd, const Section *sections, UInt n_sections, UInt i, LgElfSymbol *symbols, UInt n)
{
   UInt found = 0;
   if (sections[i].link >= n_sections)
      return 0;
   const Section *names = &sections[sections[i].link];
   Symbol *table = read_section(fd, &sections[i]);
   HChar *strings = table ? read_section(fd, names) : NULL;
   if (strings)
      found = match(table, sections[i].szB / sizeof *table, strings, names->szB, symbols, n);
   if (strings)
      VG_(free)(strings);
   if (table)
      VG_(free)(table);
   return found;
}

/* The table of sections; the caller frees. NULL when there is none that could be read. */
static Section *read_sections(Int fd, Header *h)
{
   if (!read_at(fd, 0, h, sizeof *h) || VG_(memcmp)(h->ident, "\177ELF\2\1", 6) != 0)
      return NULL;
   if (h->section_szB != sizeof(Section) || h->n_sections == 0 || h->n_sections > SECTIONS_MAX)
      return NULL;
   Section *sections = VG_(malloc)("lg.elf.sections.1", h->n_sections * sizeof *sections);
   if (read_at(fd, h->section_offset, sections, h->n_sections * sizeof *sections))
      return sections;
   VG_(free)(sections);
   return NULL;
}

static UInt search(Int fd, LgElfSymbol *symbols, UInt n)
{
   Header h;
   UInt found = 0;
   Section *sections = read_sections(fd, &h);
   if (!sections)
      return 0;
   for (UInt i = 0; i < h.n_sections && found < n; i++)
      if (sections[i].type == SHT_DYNSYM || sections[i].type == SHT_SYMTAB)
         found += match_section(fd, sections, h.n_sections, i, symbols, n);
   VG_(free)(sections);
   return found;
}

static Bool holds(const HChar *bytes, ULong n, const HChar *text)
{
   SizeT len = VG_(strlen)(text);
   for (ULong i = 0; i + len <= n; i++)
      if (VG_(memcmp)(bytes + i, text, len) == 0)
         return True;
   return False;
}

static Bool section_has(Int fd, const Section *sections, const Header *h, const HChar *section, const HChar *text)
{
   Bool found = False;
   HChar *names = h->names < h->n_sections ? read_section(fd, &sections[h->names]) : NULL;
   for (UInt i = 0; names && i < h->n_sections && !found; i++) {
      if (sections[i].name >= sections[h->names].szB || !VG_STREQ(names + sections[i].name, section))
         continue;
      HChar *bytes = read_section(fd, &sections[i]);
      found = bytes && holds(bytes, sections[i].szB, text);
      if (bytes)
         VG_(free)(bytes);
   }
   if (names)
      VG_(free)(names);
   return found;
}

Bool LG_(elf_section_has)(const HChar *file, const HChar *section, const HChar *text)
{
   Header h;
   if (sizeof(UWord) != 8)
      return False;
   SysRes r = VG_(open)(file, VKI_O_RDONLY, 0);
   if (sr_isError(r))
      return False;
   Section *sections = read_sections((Int)sr_Res(r), &h);
   Bool found = sections && section_has((Int)sr_Res(r), sections, &h, section, text);
   if (sections)
      VG_(free)(sections);
   VG_(close)((Int)sr_Res(r));
   return found;
}

UInt LG_(elf_symbols)(const HChar *file, LgElfSymbol *symbols, UInt n)
{
   for (UInt k = 0; k < n; k++) {
      symbols[k].value = 0;
      symbols[k].is_found = symbols[k].is_thread_local = False;
   }
   if (sizeof(UWord) != 8)
      return 0;
   SysRes r = VG_(open)(file, VKI_O_RDONLY, 0);
   if (sr_isError(r))
      return 0;
   UInt found = search((Int)sr_Res(r), symbols, n);
   VG_(close)((Int)sr_Res(r));
   return found;
}
