/*
 * Preloaded into the compiler for JavaScript, which runs the plugin's top level once and keeps its memory: with these, the keys of hash
 * tables and the seed of Math.random that stay there are the same in every build.
 */
struct timespec { long seconds, nanoseconds; };

long getrandom(void *to, __SIZE_TYPE__ size, unsigned flags) {
  (void)flags;
  for (__SIZE_TYPE__ at = 0; at < size; at++) ((unsigned char *)to)[at] = (unsigned char)(at * 37 + 11);
  return (long)size;
}

int clock_gettime(int clock, struct timespec *to) {
  (void)clock;
  *to = (struct timespec){ 1700000000, 0 };
  return 0;
}
