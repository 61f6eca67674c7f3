/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A shared object whose function is hooked: loaded and unloaded many times by hooks.c. */
void keep(unsigned long n);
void plugin_work(int n)
{
   keep(100 + n);
}
