/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dlopen PLUGIN...: loads each plugin, lets it leak, unloads it. */
#include <dlfcn.h>
#include <stdlib.h>

static void *volatile sink;

int main(int argc, char **argv)
{
   for (int i = 1; i < argc; i++) {
      void *h = dlopen(argv[i], RTLD_NOW);
      if (!h)
         return 1;
      void *(*leak)(size_t) = (void *(*)(size_t))dlsym(h, "plugin_leak");
      for (int k = 0; k < 10; k++)
         sink = leak(1000 * (size_t)i);
      dlclose(h);
   }
   return 0;
}
