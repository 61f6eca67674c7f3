// SPDX-License-Identifier: GPL-2.0-or-later
// hot_path [THREADS]: every allocation function, many times, small and large, in threads that signals interrupt. What it allocates
// does not depend on timing.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <pthread.h>
#include <string>
#include <sys/time.h>
#include <vector>

namespace
{

struct alignas(64) Aligned {
   char bytes[200];
};

volatile int interrupted;
void on_alarm(int)
{
   interrupted = interrupted + 1;
}

__attribute__((noinline)) void work(int rounds)
{
   std::vector<char *> kept;
   for (int i = 0; i < rounds; i++) {
      delete new Aligned;
      char *text = strdup("hello");
      text = static_cast<char *>(std::realloc(text, i % 5000 + 1));
      text = static_cast<char *>(std::realloc(text, i % 700 + 1));
      if (i % 10 == 0)
         kept.push_back(text);
      else
         std::free(text);
      std::free(std::aligned_alloc(128, 256));
      std::free(std::calloc(i % 50 + 1, i % 90));
      std::vector<std::string> words(i % 20, std::string(40, 'w'));
      delete[] new int[i % 100];
   }
   for (std::size_t i = 0; i < kept.size() / 2; i++)
      std::free(kept[i]);
}

void *run(void *)
{
   work(1500);
   return nullptr;
}

} // namespace

int main(int argc, char **argv)
{
   int n = argc > 1 ? std::atoi(argv[1]) : 0;
   work(1500);
   if (n > 0) {
      struct itimerval every = {{0, 1000}, {0, 1000}};
      std::signal(SIGALRM, on_alarm);
      setitimer(ITIMER_REAL, &every, nullptr);
      std::vector<pthread_t> threads(n);
      for (pthread_t &t : threads)
         pthread_create(&t, nullptr, run, nullptr);
      for (pthread_t &t : threads)
         pthread_join(t, nullptr);
   }
   return 0;
}
