// SPDX-License-Identifier: GPL-2.0-or-later
// unwind ROUNDS: allocations from every kind of stack that an unwinder with a memory may get wrong: frames that come, go and come
// back with other contents at the same addresses, stacks that are switched, abandoned or reused, code without unwind
// information, code that is unloaded. What is printed at the end shows that all parts ran.
#include <alloca.h>
#include <csetjmp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <functional>
#include <map>
#include <memory>
#include <pthread.h>
#include <stdexcept>
#include <string>
#include <sys/mman.h>
#include <ucontext.h>
#include <vector>

#define NOINLINE __attribute__((noinline))
#define STAY     __asm__ volatile("" ::: "memory") // keeps the call before it from becoming a jump

namespace
{

thread_local unsigned state = 12345;
unsigned draw(unsigned below)
{
   state = state * 1664525u + 1013904223u;
   return (state >> 8) % below;
}

thread_local void *slots[64];
NOINLINE void touch()
{
   void *&p = slots[draw(64)];
   switch (draw(4)) {
   case 0:
      p = std::realloc(p, draw(2000) + 1);
      break;
   case 1:
      std::free(p);
      p = std::calloc(draw(5) + 1, draw(100));
      break;
   default:
      std::free(p);
      p = std::malloc(draw(300));
      break;
   }
}

// ---- frames of unknown and changing size ----
NOINLINE void dynamic(int depth)
{
   volatile char *room = static_cast<char *>(alloca(draw(700) + 1));
   room[0] = 1;
   touch();
   if (depth > 0) {
      dynamic(depth - 1);
      if (draw(2))
         dynamic(depth / 2 - 1 > 0 ? depth / 2 - 1 : 0);
   }
   touch();
   STAY;
}

struct alignas(128) Aligned {
   char bytes[128];
};
NOINLINE void realigned(int depth)
{
   Aligned big;
   std::memset(big.bytes, depth, sizeof big.bytes);
   __asm__ volatile("" ::"r"(&big) : "memory");
   touch();
   if (depth > 0)
      realigned(depth - 1);
   touch();
   STAY;
}

NOINLINE int huge(int depth)
{
   volatile char room[200000];
   room[depth * 1000] = 1;
   touch();
   int n = depth > 0 ? huge(depth - 1) : 0;
   STAY;
   return n + room[depth * 1000];
}

// Two functions with frames of equal size: the same stack pointers, other addresses.
template <int N> NOINLINE int even(int depth)
{
   touch();
   int n = depth > 0 ? (draw(2) ? even<N>(depth - 1) : even<1 - N>(depth - 1)) : N;
   STAY;
   return n + N;
}

NOINLINE int deep(int depth)
{
   if (depth % 97 == 0)
      touch();
   int n = depth > 0 ? deep(depth - 1) : 0;
   if (depth % 53 == 0)
      touch();
   STAY;
   return n + 1;
}

// ---- stacks that are abandoned ----
NOINLINE void throwing(int depth)
{
   std::vector<int> owned(draw(20) + 1);
   touch();
   if (depth == 0)
      throw std::runtime_error(std::string(40, 'x'));
   try {
      throwing(depth - 1);
   } catch (const std::exception &) {
      touch();
      if (depth % 3)
         throw;
   }
   touch();
}

std::jmp_buf back;
NOINLINE void jumping(int depth)
{
   touch();
   if (depth == 0)
      std::longjmp(back, 1);
   jumping(depth - 1);
   STAY;
}

// ---- stacks that are switched ----
enum { COROUTINES = 5, STACK_B = 96 * 1024 };
ucontext_t home, routine[COROUTINES];
int current;
void leave()
{
   swapcontext(&routine[current], &home);
}
NOINLINE void wander(int depth)
{
   touch();
   if (draw(3) == 0)
      leave();
   if (depth > 0)
      wander(depth - 1);
   touch();
   STAY;
}
void run_routine()
{
   for (;;) {
      wander(draw(25));
      leave();
   }
}
void make_routine(int i, char *stack)
{
   getcontext(&routine[i]);
   routine[i].uc_stack.ss_sp = stack;
   routine[i].uc_stack.ss_size = STACK_B;
   routine[i].uc_link = &home;
   makecontext(&routine[i], run_routine, 0);
}
void make_routines()
{
   char *side_by_side =
      static_cast<char *>(mmap(nullptr, 2 * STACK_B, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
   make_routine(0, side_by_side);
   make_routine(1, side_by_side + STACK_B);
   make_routine(2, static_cast<char *>(std::malloc(STACK_B)));
   make_routine(3, static_cast<char *>(std::malloc(STACK_B)));
   static char in_data[STACK_B];
   make_routine(4, in_data);
}
void resume(int i)
{
   current = i;
   swapcontext(&home, &routine[i]);
}

// A stack within the stack.
NOINLINE void nested_stack()
{
   char *room = static_cast<char *>(alloca(STACK_B));
   std::memset(room, 0, STACK_B);
   ucontext_t inner, outer;
   static ucontext_t *to;
   static int depth;
   to = &outer;
   depth = draw(10);
   getcontext(&inner);
   inner.uc_stack.ss_sp = room;
   inner.uc_stack.ss_size = STACK_B;
   inner.uc_link = &outer;
   makecontext(
      &inner, +[]() { dynamic(depth); }, 0);
   swapcontext(&outer, &inner);
   touch();
   STAY;
}

// ---- signals ----
void on_signal(int)
{
   touch();
   dynamic(3);
}
void install(int signal, int flags)
{
   struct sigaction action;
   std::memset(&action, 0, sizeof action);
   action.sa_handler = on_signal;
   action.sa_flags = flags;
   sigaction(signal, &action, nullptr);
}
NOINLINE void interrupted(int depth)
{
   touch();
   if (depth > 0)
      interrupted(depth - 1);
   else
      std::raise(draw(2) ? SIGUSR1 : SIGUSR2);
   touch();
   STAY;
}

// ---- code that is made at run time ----
using Caller = void (*)(void (*)());
const unsigned char with_frame[] = {0x55, 0x48, 0x89, 0xe5, 0xff, 0xd7, 0x5d, 0xc3};
const unsigned char without_frame[] = {0x48, 0x83, 0xec, 0x08, 0xff, 0xd7, 0x48, 0x83, 0xc4, 0x08, 0xc3};
const unsigned char with_other_rbp[] = {0x55, 0x48, 0xc7, 0xc5, 0x10, 0x00, 0x00, 0x00, 0xff, 0xd7, 0x5d, 0xc3};
Caller made[3];
void make_code()
{
   unsigned char *page = static_cast<unsigned char *>(
      mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
   std::memcpy(page, with_frame, sizeof with_frame);
   std::memcpy(page + 64, without_frame, sizeof without_frame);
   std::memcpy(page + 128, with_other_rbp, sizeof with_other_rbp);
   for (int i = 0; i < 3; i++)
      made[i] = reinterpret_cast<Caller>(page + 64 * i);
}
int made_depth;
void through_made_code()
{
   touch();
   if (made_depth-- > 0)
      made[draw(3)](through_made_code);
   touch();
   STAY;
}

// ---- others' code in between ----
int compare(const void *a, const void *b)
{
   touch();
   return *static_cast<const int *>(a) - *static_cast<const int *>(b);
}
void sorting()
{
   int numbers[12];
   for (int &n : numbers)
      n = draw(100);
   std::qsort(numbers, 12, sizeof *numbers, compare);
}
void closures()
{
   std::function<void(int)> f = [&](int depth) {
      auto shared = std::make_shared<std::map<int, std::string>>();
      (*shared)[depth] = std::string(depth + 20, 'y');
      if (depth > 0)
         f(depth - 1);
      touch();
   };
   f(draw(30));
}
void plugins(int round)
{
   static const char *const names[] = {"libz.so.1", "libm.so.6", "libbz2.so.1.0", "liblzma.so.5"};
   void *a = dlopen(names[round % 4], RTLD_NOW), *b = dlopen(names[(round + 1) % 4], RTLD_NOW);
   touch();
   if (a)
      dlclose(a);
   dynamic(2);
   if (b)
      dlclose(b);
}

void *thread(void *arg)
{
   state = static_cast<unsigned>(reinterpret_cast<unsigned long>(arg));
   for (int i = 0; i < 60; i++) {
      dynamic(draw(12));
      even<0>(draw(20));
      closures();
   }
   deep(3000);
   for (void *&p : slots) {
      std::free(p);
      p = nullptr;
   }
   return nullptr;
}
void threads(unsigned long round)
{
   pthread_t t[3];
   for (unsigned long i = 0; i < 3; i++)
      pthread_create(&t[i], nullptr, thread, reinterpret_cast<void *>(round * 3 + i + 1));
   dynamic(10);
   for (pthread_t &one : t)
      pthread_join(one, nullptr);
}

} // namespace

int main(int argc, char **argv)
{
   int rounds = argc > 1 ? std::atoi(argv[1]) : 40, caught = 0, jumped = 0;
   stack_t alternate;
   alternate.ss_size = 128 * 1024;
   alternate.ss_sp = std::malloc(alternate.ss_size);
   alternate.ss_flags = 0;
   sigaltstack(&alternate, nullptr);
   install(SIGUSR1, 0);
   install(SIGUSR2, SA_ONSTACK);
   make_code();
   make_routines();
   for (volatile int round = 0; round < rounds; round++) {
      dynamic(draw(14));
      realigned(draw(10));
      huge(draw(4));
      even<1>(draw(40));
      deep(draw(6000));
      try {
         throwing(draw(20));
      } catch (const std::exception &) {
         caught++;
         touch();
      }
      if (setjmp(back) == 0)
         jumping(draw(20));
      else
         jumped++;
      for (int i = 0; i < 6; i++)
         resume(draw(COROUTINES));
      nested_stack();
      interrupted(draw(10));
      made_depth = draw(12);
      through_made_code();
      sorting();
      closures();
      if (round % 8 == 0)
         plugins(round / 8);
      if (round % 16 == 1)
         threads(round);
   }
   std::printf("rounds %d, jumped %d, caught %s\n", rounds, jumped, caught > 0 ? "some" : "none");
   return 0;
}
