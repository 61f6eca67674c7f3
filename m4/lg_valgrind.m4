# SPDX-License-Identifier: GPL-2.0-or-later
# What a tool built against an installed Valgrind must know about it.

# LG_CHECK_CFLAG(FLAG, IF-ACCEPTED): does the compiler take FLAG without a word?
AC_DEFUN([LG_CHECK_CFLAG], [
  lg_save_CFLAGS=$CFLAGS
  CFLAGS="-Werror $1"
  AC_MSG_CHECKING([whether $CC accepts $1])
  AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])], [lg_accepted=yes], [lg_accepted=no])
  CFLAGS=$lg_save_CFLAGS
  AC_MSG_RESULT([$lg_accepted])
  AS_IF([test $lg_accepted = yes], [$2])
])

# LG_M32: can programs be built for 32-bit x86? Independent of Valgrind: the core's tests use it too.
AC_DEFUN([LG_M32], [
  AC_CACHE_CHECK([whether $CC -m32 links programs], [lg_cv_m32], [
    lg_save_CFLAGS=$CFLAGS
    CFLAGS="-m32"
    AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <stdio.h>]], [[puts("x");]])], [lg_cv_m32=yes], [lg_cv_m32=no])
    CFLAGS=$lg_save_CFLAGS])
  AM_CONDITIONAL([HAVE_M32], [test $lg_cv_m32 = yes])
])

# LG_VG_ARCHIVES(PLATFORM): sets lg_missing to the first archive that the platform lacks, or to nothing.
AC_DEFUN([LG_VG_ARCHIVES], [
  lg_missing=
  for lg_a in libcoregrind-$1.a libvex-$1.a libreplacemalloc_toolpreload-$1.a; do
    AS_IF([test -f "$VG_LIBDIR/$lg_a"], [], [lg_missing=$VG_LIBDIR/$lg_a; break])
  done
])

# LG_VG_PLATFORM_FLAGS(SUFFIX, ARCH): compiler and linker flags of one platform into LG_*_SUFFIX.
AC_DEFUN([LG_VG_PLATFORM_FLAGS], [
  AS_CASE([$2],
    [amd64], [lg_m=-m64],
    [x86], [lg_m="-m32"],
    [lg_m=])
  lg_vg_arch=$2
  VG_DEFINES_$1="-DVGA_${lg_vg_arch}=1 -DVGO_${VG_OS}=1 -DVGP_${lg_vg_arch}_${VG_OS}=1 -DVGPV_${lg_vg_arch}_${VG_OS}_vanilla=1"
  VG_M_$1=$lg_m
  VG_LIBS_$1="$VG_LIBDIR/libcoregrind-$2-$VG_OS.a $VG_LIBDIR/libvex-$2-$VG_OS.a -lgcc"
  AS_IF([test -f "$VG_LIBDIR/libgcc-sup-$2-$VG_OS.a"],
    [VG_LIBS_$1="$VG_LIBS_$1 $VG_LIBDIR/libgcc-sup-$2-$VG_OS.a"])
  VG_PRELOAD_LIBS_$1="-Wl,--whole-archive $VG_LIBDIR/libreplacemalloc_toolpreload-$2-$VG_OS.a -Wl,--no-whole-archive"
  AC_SUBST([VG_DEFINES_$1])
  AC_SUBST([VG_M_$1])
  AC_SUBST([VG_LIBS_$1])
  AC_SUBST([VG_PRELOAD_LIBS_$1])
])

# LG_VG_LINK(SUFFIX, IF-LINKS, IF-NOT): links a tool that does nothing, with the flags of the real one.
AC_DEFUN([LG_VG_LINK], [
  lg_save_CFLAGS=$CFLAGS; lg_save_CPPFLAGS=$CPPFLAGS; lg_save_LDFLAGS=$LDFLAGS; lg_save_LIBS=$LIBS
  CFLAGS="$VG_M_$1 $LG_TOOL_BASE_CFLAGS"
  CPPFLAGS="$VG_CFLAGS $VG_DEFINES_$1"
  LDFLAGS="$LG_TOOL_LDFLAGS"
  LIBS="$VG_LIBS_$1"
  AC_LINK_IFELSE([AC_LANG_SOURCE([[
    #include "pub_tool_basics.h"
    #include "pub_tool_tooliface.h"
    static void pre_clo_init(void) {}
    VG_DETERMINE_INTERFACE_VERSION(pre_clo_init)
  ]])], [$2], [$3])
  CFLAGS=$lg_save_CFLAGS; CPPFLAGS=$lg_save_CPPFLAGS; LDFLAGS=$lg_save_LDFLAGS; LIBS=$lg_save_LIBS
])

# LG_VG_API: the callback shapes, which changed in 3.22 without a compile error and may be backported.
AC_DEFUN([LG_VG_API], [
  lg_save_CFLAGS=$CFLAGS; lg_save_CPPFLAGS=$CPPFLAGS
  CFLAGS="$VG_M_PRI $LG_TOOL_BASE_CFLAGS $LG_TOOL_ERRORS"
  CPPFLAGS="$VG_CFLAGS $VG_DEFINES_PRI"
  AC_CACHE_CHECK([whether Valgrind's memalign callback takes the original alignment], [lg_cv_vg_orig_align], [
    lg_cv_vg_orig_align=unknown
    for lg_shape in 1 0; do
      AC_COMPILE_IFELSE([AC_LANG_SOURCE([[
        #define SHAPE $lg_shape
        #include "pub_tool_basics.h"
        #include "pub_tool_replacemalloc.h"
        #include "pub_tool_tooliface.h"
        #if SHAPE
        #  define ORIG , SizeT orig
        #  define ORIG_M SizeT orig,
        #else
        #  define ORIG
        #  define ORIG_M
        #endif
        static void *m(ThreadId t, SizeT n) { (void)t; (void)n; return 0; }
        static void *na(ThreadId t, SizeT n, SizeT a ORIG) { (void)t; (void)n; (void)a; return 0; }
        static void *ma(ThreadId t, SizeT a, ORIG_M SizeT n) { (void)t; (void)n; (void)a; return 0; }
        static void *ca(ThreadId t, SizeT m_, SizeT n) { (void)t; (void)n; (void)m_; return 0; }
        static void fr(ThreadId t, void *p) { (void)t; (void)p; }
        static void fra(ThreadId t, void *p, SizeT a) { (void)t; (void)p; (void)a; }
        static void *re(ThreadId t, void *p, SizeT n) { (void)t; (void)n; return p; }
        static SizeT us(ThreadId t, void *p) { (void)t; (void)p; return 0; }
        void probe(void);
        void probe(void)
        { VG_(needs_malloc_replacement)(m, m, na, m, na, ma, ca, fr, fr, fra, fr, fra, re, us, 0); }
      ]])], [AS_IF([test $lg_shape = 1], [lg_cv_vg_orig_align=yes], [lg_cv_vg_orig_align=no]); break])
    done])
  AC_CACHE_CHECK([whether VG_(am_shadow_alloc) returns SysRes], [lg_cv_vg_shadow_sysres], [
    AC_COMPILE_IFELSE([AC_LANG_SOURCE([[
      #include "pub_tool_basics.h"
      #include "pub_tool_aspacemgr.h"
      SysRes probe(void);
      SysRes probe(void) { return VG_(am_shadow_alloc)(4096); }
    ]])], [lg_cv_vg_shadow_sysres=yes], [lg_cv_vg_shadow_sysres=no])])
  AC_CACHE_CHECK([for VG_(clo_realloc_zero_bytes_frees)], [lg_cv_vg_realloc0], [
    AC_COMPILE_IFELSE([AC_LANG_SOURCE([[
      #include "pub_tool_basics.h"
      #include "pub_tool_replacemalloc.h"
      Bool probe(void);
      Bool probe(void) { return VG_(clo_realloc_zero_bytes_frees); }
    ]])], [lg_cv_vg_realloc0=yes], [lg_cv_vg_realloc0=no])])
  CFLAGS=$lg_save_CFLAGS; CPPFLAGS=$lg_save_CPPFLAGS

  AC_CACHE_CHECK([whether the core's unwinder and address space manager can be linked], [lg_cv_vg_internals], [
    lg_save_CFLAGS=$CFLAGS; lg_save_CPPFLAGS=$CPPFLAGS; lg_save_LDFLAGS=$LDFLAGS; lg_save_LIBS=$LIBS
    CFLAGS="$VG_M_PRI $LG_TOOL_BASE_CFLAGS"; CPPFLAGS="$VG_CFLAGS $VG_DEFINES_PRI"
    LDFLAGS="$LG_TOOL_LDFLAGS"; LIBS="$VG_LIBS_PRI"
    AC_LINK_IFELSE([AC_LANG_SOURCE([[
      #include "pub_tool_basics.h"
      #include "pub_tool_tooliface.h"
      extern Bool VG_(use_CF_info)(void *, Addr, Addr);
      extern UInt VG_(debuginfo_generation)(void);
      extern void VG_(stack_limits)(Addr, Addr *, Addr *);
      extern Int VG_(clo_merge_recursive_frames);
      extern Bool VG_(in_generated_code);
      extern Bool VG_(am_covered_by_single_free_segment)(Addr, SizeT);
      extern SysRes VG_(am_mmap_anon_fixed_client)(Addr, SizeT, UInt);
      static void pre_clo_init(void)
      {
        Addr start, end;
        VG_(in_generated_code) = 0;
        VG_(stack_limits)(VG_(clo_merge_recursive_frames), &start, &end);
        (void)VG_(use_CF_info)(0, start + end, VG_(debuginfo_generation)());
        (void)VG_(am_mmap_anon_fixed_client)(start, VG_(am_covered_by_single_free_segment)(start, end), 0);
      }
      VG_DETERMINE_INTERFACE_VERSION(pre_clo_init)
    ]])], [lg_cv_vg_internals=yes], [lg_cv_vg_internals=no])
    CFLAGS=$lg_save_CFLAGS; CPPFLAGS=$lg_save_CPPFLAGS; LDFLAGS=$lg_save_LDFLAGS; LIBS=$lg_save_LIBS])

  AS_IF([test $lg_cv_vg_orig_align = unknown],
    [AC_MSG_ERROR([neither known shape of VG_(needs_malloc_replacement) compiles against Valgrind $VG_VERSION; see config.log])])
  AS_IF([test $lg_cv_vg_orig_align = yes],
    [AC_DEFINE([LG_VG_ORIG_ALIGN], [1], [memalign and aligned new callbacks get the original alignment (3.22)])],
    [AC_DEFINE([LG_VG_ORIG_ALIGN], [0])])
  AS_IF([test $lg_cv_vg_shadow_sysres = yes],
    [AC_DEFINE([LG_VG_SHADOW_SYSRES], [1], [VG_(am_shadow_alloc) returns SysRes (3.21)])],
    [AC_DEFINE([LG_VG_SHADOW_SYSRES], [0])])
  AS_IF([test $lg_cv_vg_realloc0 = yes],
    [AC_DEFINE([LG_VG_REALLOC0_OPTION], [1], [VG_(clo_realloc_zero_bytes_frees) exists (3.21)])],
    [AC_DEFINE([LG_VG_REALLOC0_OPTION], [0])])
  AS_IF([test $lg_cv_vg_internals = yes],
    [AC_DEFINE([LG_VG_INTERNALS], [1], [what lg_unwind, lg_slab and lg_direct need of Valgrind's core can be linked])],
    [AC_DEFINE([LG_VG_INTERNALS], [0])])
])

# LG_VG_LIBEXEC: Valgrind's own directory of tools (the .pc file does not tell), and where ours go.
#
# By default ours go there too, so that plain `valgrind --tool=leakgrow` works. With a --prefix that does not own that
# directory nothing may be written outside of the prefix: then ours go to PREFIX/libexec/valgrind, beside links to
# Valgrind's own files, and VALGRIND_LIB must name it.
AC_DEFUN([LG_VG_LIBEXEC], [
  AC_CACHE_CHECK([for Valgrind's libexec directory], [lg_cv_vg_libexec], [
    lg_cv_vg_libexec=`env -u VALGRIND_LIB -u VALGRIND_OPTS "$VALGRIND" -d --tool=none /bin/true 2>&1 |
      $SED -n 's/.*launching \(.*\)\/none-.*/\1/p' | $SED 1q`
    for lg_d in "$VG_PREFIX/libexec/valgrind" "$VG_LIBDIR" /usr/libexec/valgrind /usr/lib/valgrind; do
      test -n "$lg_cv_vg_libexec" && break
      test -f "$lg_d/default.supp" && lg_cv_vg_libexec=$lg_d
    done
    test -n "$lg_cv_vg_libexec" || lg_cv_vg_libexec=none])
  VG_LIBEXEC=$lg_cv_vg_libexec
  AS_IF([test "$VG_LIBEXEC" = none],
    [AC_MSG_ERROR([cannot find the directory of Valgrind's tools; is $VALGRIND usable?])])
  AC_ARG_WITH([valgrind-libexecdir],
    [AS_HELP_STRING([--with-valgrind-libexecdir=DIR],
      [where make install puts the tool (default: Valgrind's own directory if --prefix is not given or owns it,
       else LIBEXECDIR/valgrind)])],
    [], [with_valgrind_libexecdir=auto])
  AS_CASE([$with_valgrind_libexecdir],
    [no|yes], [AC_MSG_ERROR([--with-valgrind-libexecdir needs a directory])],
    [auto], [
      AS_CASE(["$prefix:$VG_LIBEXEC/"],
        [NONE:*], [vglibexecdir=$VG_LIBEXEC],
        [lg_real=`cd "$prefix" 2>/dev/null && pwd -P`
         AS_CASE(["$VG_LIBEXEC/"],
           ["$prefix"/*], [vglibexecdir=$VG_LIBEXEC],
           ["${lg_real:-/nonexistent}"/*], [vglibexecdir=$VG_LIBEXEC],
           [vglibexecdir='${libexecdir}/valgrind'])])],
    [vglibexecdir=$with_valgrind_libexecdir])
  AC_SUBST([VG_LIBEXEC])
  AC_SUBST([vglibexecdir])
  AC_DEFINE_UNQUOTED([VG_LIBEXEC_DIR], ["$VG_LIBEXEC"], [directory of Valgrind's own tools])
])

# LG_VALGRIND: everything above. Without Valgrind the viewer, the core and their tests are still built.
AC_DEFUN([LG_VALGRIND], [
  AC_ARG_WITH([valgrind],
    [AS_HELP_STRING([--with-valgrind=PREFIX], [use the Valgrind installed under PREFIX (default: what pkg-config finds);
      --without-valgrind builds the viewer only])],
    [], [with_valgrind=auto])
  have_valgrind=no; have_valgrind_sec=no; lg_why_no_sec=
  AS_CASE([$with_valgrind],
    [no], [lg_why_no="--without-valgrind was given"],
    [auto|yes], [lg_vg_path=$PATH],
    [AS_IF([test -d "$with_valgrind"], [], [AC_MSG_ERROR([--with-valgrind: there is no directory $with_valgrind])])
     for lg_d in "$with_valgrind"/lib/pkgconfig "$with_valgrind"/lib64/pkgconfig "$with_valgrind"/lib/*/pkgconfig; do
       AS_IF([test -f "$lg_d/valgrind.pc"], [PKG_CONFIG_PATH=$lg_d:$PKG_CONFIG_PATH; export PKG_CONFIG_PATH])
     done
     lg_vg_path=$with_valgrind/bin$PATH_SEPARATOR$PATH])
  AS_IF([test "$with_valgrind" != no], [
    PKG_CHECK_EXISTS([valgrind], [
      AC_PATH_PROG([VALGRIND], [valgrind], [none], [$lg_vg_path])
      AS_IF([test "$VALGRIND" = none], [lg_why_no="valgrind.pc is there, the program valgrind is not"], [
        # as system headers: their warnings are not ours
        VG_CFLAGS=`$PKG_CONFIG --cflags valgrind | $SED 's/^-I/-isystem /; s/ -I/ -isystem /g'`
        VG_LIBDIR=`$PKG_CONFIG --variable=libdir valgrind`/valgrind
        VG_PREFIX=`$PKG_CONFIG --variable=prefix valgrind`
        VG_ARCH=`$PKG_CONFIG --variable=arch valgrind`
        VG_OS=`$PKG_CONFIG --variable=os valgrind`
        VG_VERSION=`$PKG_CONFIG --modversion valgrind`
        VG_LOAD_ADDRESS=`$PKG_CONFIG --variable=valt_load_address valgrind`
        AS_IF([test -z "$VG_ARCH" || test -z "$VG_OS" || test -z "$VG_LOAD_ADDRESS"],
          [lg_why_no="valgrind.pc has no arch, os or valt_load_address"],
          [LG_VG_ARCHIVES([$VG_ARCH-$VG_OS])
           AS_IF([test -n "$lg_missing"], [lg_why_no="$lg_missing is missing (a -devel package?)"], [have_valgrind=yes])])
      ])
    ], [lg_why_no="pkg-config knows no valgrind"])
    AS_IF([test $have_valgrind = no && test "$with_valgrind" != auto], [AC_MSG_ERROR([--with-valgrind: $lg_why_no])])
  ])

  AS_IF([test $have_valgrind = yes], [
    # Valgrind before 3.20 gives up on clang's DWARF 5, in the preload object as in programs.
    AS_CASE(["`$CC --version 2>/dev/null`:$VG_VERSION"],
      [*clang*:3.1?*], [LG_CHECK_CFLAG([-gdwarf-4], [CFLAGS="$CFLAGS -gdwarf-4"])])
    LG_TOOL_BASE_CFLAGS="-O2 -g -std=gnu99 -fno-strict-aliasing -fno-builtin -fomit-frame-pointer"
    LG_CHECK_CFLAG([-fno-stack-protector], [LG_TOOL_BASE_CFLAGS="$LG_TOOL_BASE_CFLAGS -fno-stack-protector"])
    LG_CHECK_CFLAG([-fno-pie], [LG_TOOL_BASE_CFLAGS="$LG_TOOL_BASE_CFLAGS -fno-pie"])
    LG_CHECK_CFLAG([-fcf-protection=none], [LG_TOOL_BASE_CFLAGS="$LG_TOOL_BASE_CFLAGS -fcf-protection=none"])
    LG_TOOL_ERRORS=
    LG_CHECK_CFLAG([-Werror=incompatible-pointer-types], [LG_TOOL_ERRORS="$LG_TOOL_ERRORS -Werror=incompatible-pointer-types"])
    LG_CHECK_CFLAG([-Werror=incompatible-function-pointer-types],
      [LG_TOOL_ERRORS="$LG_TOOL_ERRORS -Werror=incompatible-function-pointer-types"])
    LG_CHECK_CFLAG([-Werror=implicit-function-declaration],
      [LG_TOOL_ERRORS="$LG_TOOL_ERRORS -Werror=implicit-function-declaration"])
    LG_TOOL_LDFLAGS="-static -nodefaultlibs -nostartfiles -u _start -Wl,--build-id=none -Wl,-Ttext-segment=$VG_LOAD_ADDRESS"
    LG_PRELOAD_LDFLAGS="-nodefaultlibs -shared -Wl,-z,interpose,-z,initfirst"
    VG_ARCH_PRI=$VG_ARCH
    LG_VG_PLATFORM_FLAGS([PRI], [$VG_ARCH])
    AC_MSG_CHECKING([whether a tool for $VG_ARCH-$VG_OS links])
    LG_VG_LINK([PRI], [AC_MSG_RESULT([yes])],
      [AC_MSG_RESULT([no])
       AC_MSG_ERROR([a tool cannot be linked with Valgrind $VG_VERSION; see config.log (--without-valgrind builds the viewer only)])])
    LG_VG_API
    LG_VG_LIBEXEC
  ], [AC_MSG_WARN([building the viewer only, no tool: $lg_why_no; on Debian: apt-get install valgrind])])

  # The second platform: 32-bit x86 beside amd64.
  AC_ARG_ENABLE([secondary], [AS_HELP_STRING([--disable-secondary], [build no tool for 32-bit x86 programs])],
    [], [enable_secondary=auto])
  AS_IF([test $have_valgrind = yes && test "$VG_ARCH" = amd64 && test "$enable_secondary" != no], [
    LG_VG_ARCHIVES([x86-$VG_OS])
    AS_IF([test -n "$lg_missing"], [lg_why_no_sec="$lg_missing is missing"], [
      VG_ARCH_SEC=x86
      LG_VG_PLATFORM_FLAGS([SEC], [x86])
      AC_MSG_CHECKING([whether a tool for x86-$VG_OS links])
      LG_VG_LINK([SEC], [have_valgrind_sec=yes], [lg_why_no_sec="$CC -m32 cannot link a tool; on Debian: apt-get install gcc-multilib"])
      AC_MSG_RESULT([$have_valgrind_sec])])
    AS_IF([test $have_valgrind_sec = no && test "$enable_secondary" = yes],
      [AC_MSG_ERROR([--enable-secondary: $lg_why_no_sec])])
  ])

  AM_CONDITIONAL([HAVE_VALGRIND], [test $have_valgrind = yes])
  AM_CONDITIONAL([HAVE_VALGRIND_SEC], [test $have_valgrind_sec = yes])
  AM_CONDITIONAL([VG_FOREIGN_LIBEXEC], [test $have_valgrind = yes && test "$vglibexecdir" != "$VG_LIBEXEC"])
  # Names of what is not built must differ all the same: make sees their rules.
  test -n "$VG_OS" || VG_OS=none
  test -n "$VG_ARCH_PRI" || VG_ARCH_PRI=primary
  test -n "$VG_ARCH_SEC" || VG_ARCH_SEC=secondary
  AC_SUBST([VALGRIND])
  AC_SUBST([VG_CFLAGS])
  AC_SUBST([VG_LIBDIR])
  AC_SUBST([VG_OS])
  AC_SUBST([VG_VERSION])
  AC_SUBST([VG_ARCH_PRI])
  AC_SUBST([VG_ARCH_SEC])
  AC_SUBST([LG_TOOL_BASE_CFLAGS])
  AC_SUBST([LG_TOOL_ERRORS])
  AC_SUBST([LG_TOOL_LDFLAGS])
  AC_SUBST([LG_PRELOAD_LDFLAGS])
])

# LG_SUMMARY: what was found, in a few lines.
AC_DEFUN([LG_SUMMARY], [
  AC_MSG_NOTICE([leakgrow $PACKAGE_VERSION])
  AS_IF([test $have_valgrind = yes], [
    AC_MSG_NOTICE([  tool: for Valgrind $VG_VERSION ($VALGRIND), $VG_ARCH_PRI-$VG_OS])
    AS_IF([test $have_valgrind_sec = yes], [AC_MSG_NOTICE([  and for x86-$VG_OS programs])],
      [test -n "$lg_why_no_sec"], [AC_MSG_NOTICE([  not for 32-bit programs: $lg_why_no_sec])])
    AC_MSG_NOTICE([  make install puts it into $vglibexecdir])
    AS_IF([test "$vglibexecdir" != "$VG_LIBEXEC"],
      [AC_MSG_NOTICE([  which is not Valgrind's own directory: set VALGRIND_LIB to it to use the tool])])
  ], [AC_MSG_NOTICE([  viewer only, no tool: $lg_why_no])])
  AS_IF([test "x$PYTHON3" = xnone], [AC_MSG_NOTICE([  no python3 with pytest: system tests cannot run])])
])
