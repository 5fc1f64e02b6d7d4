/** Every benchmark, each in a process of its own, one after the other. Prints; asserts nothing. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';

const own = ['run.ts', 'soak.ts', 'support.ts', 'raw-component.ts', 'adder.ts'];
const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.ts') && !own.includes(file));
for (const file of files.sort()) {
  process.stdout.write(`\n${file}\n`);
  const { status } = spawnSync(process.execPath, [`${import.meta.dirname}/${file}`, ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exitCode = 1;
}
